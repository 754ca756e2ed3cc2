"""Config's database router: the owner connection migrates; everything else reads and writes as the app role."""


class OwnerMigrates:
    """Only the owner role has the right to create tables (decision 23), so migrations run on its connection alone."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        del app_label, hints
        return db == "owner"
