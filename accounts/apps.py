"""Accounts' application; tells the trail who is acting."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and clinics"

    def ready(self) -> None:
        from accounts.duties import list_duties
        from accounts.guards import proof_needed
        from accounts.trail import describe_person, list_clinics, list_people
        from audit.providers import register_duties, register_people, register_proof

        register_people(describe_person=describe_person, list_clinics=list_clinics, list_people=list_people)
        register_proof(proof_needed)
        register_duties(list_duties)
