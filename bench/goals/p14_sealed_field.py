"""P14: sealing and opening one field, beside Fernet; and opening what a page of fifty rows shows."""

import os

from bench.measuring import Goal, Outcome, Point, Run, at_most, interleave, microseconds_each, no_more_than

PHONE = "+12025550143"
LABEL = "delivery.phone"
ROWS, FIELDS_A_ROW = 50, 4


def measure(run: Run) -> Outcome:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.rehearsal"
    import django

    django.setup()
    from cryptography.fernet import Fernet

    from lib.ids import new_id
    from vault.envelope import open_text, seal_text

    row_id = new_id()
    fernet = Fernet(Fernet.generate_key())
    tokens = [
        (seal_text(PHONE, label=LABEL, row_id=row_id), row_id)
        for row_id in (new_id() for _ in range(ROWS))
        for _ in range(FIELDS_A_ROW)
    ]
    fernet_tokens = [fernet.encrypt(PHONE.encode()) for _ in tokens]
    seconds = run.seconds(1.0)

    def our_field() -> float:
        return microseconds_each(
            lambda: open_text(seal_text(PHONE, label=LABEL, row_id=row_id), label=LABEL, row_id=row_id),
            seconds=seconds,
        )

    def their_field() -> float:
        return microseconds_each(lambda: fernet.decrypt(fernet.encrypt(PHONE.encode())).decode(), seconds=seconds)

    def our_page() -> float:
        def page() -> None:
            for token, row in tokens:
                open_text(token, label=LABEL, row_id=row)

        return microseconds_each(page, seconds=seconds) / 1000

    def their_page() -> float:
        def page() -> None:
            for token in fernet_tokens:
                fernet.decrypt(token).decode()

        return microseconds_each(page, seconds=seconds) / 1000

    field = interleave(run, "seal and open", our_field, their_field, unit="µs")
    page = interleave(run, "200 opened", our_page, their_page, unit="ms")
    return Outcome(
        [
            Point("seal and open one field", "µs", field, at_most(0.3)),
            Point("open 50 rows of four fields", "ms", page, no_more_than(0.5)),
        ]
    )


GOAL = Goal(
    id="P14",
    title="A sealed field",
    ours="vault.envelope: AES-256-GCM bound to field and row, key ring and spelling check included",
    theirs="cryptography's Fernet",
    how="One process, one thread, a telephone number; mean time of a call over one second, per pair.",
    minutes=0.5,
    obstacle=(
        "what makes a field more than a cipher: the key ring is read from settings at each use, so that a rotation"
        " counts at once; the field's label and the row are authenticated; one spelling of a token is accepted."
    ),
    measure=measure,
)
