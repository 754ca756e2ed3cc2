"""Intake's line: the phone line of one assistant of one clinic, and how its deliveries are proven."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Clinic
from lib.ids import new_id


class Proof(models.TextChoices):
    """How a line's deliveries are proven. A line accepts its own way and no other."""

    SIGNED = "hmac", "HMAC, with the options below"
    ARTICLE = "article", "HMAC in the article's form: x-vapi-signature over the body, hex"
    BEARER = "bearer", "Bearer token: Authorization: Bearer <secret>"
    OAUTH2 = "oauth2", "OAuth2 client credentials, with this desk's token endpoint"
    VAPI_SECRET = "vapi_secret", "X-Vapi-Secret: the secret as it is"


class Algorithm(models.TextChoices):
    SHA256 = "sha256", "SHA-256"
    SHA512 = "sha512", "SHA-512"
    SHA1 = "sha1", "SHA-1 (only where the sender can do no better)"


class Encoding(models.TextChoices):
    HEX = "hex", "Hexadecimal"
    BASE64 = "base64", "Base64"


class LineQuerySet(models.QuerySet["Line"]):
    def in_use(self) -> "LineQuerySet":
        return self.filter(retired_at__isnull=True)


class Line(models.Model):
    """One row is one assistant's line.

    The default line takes its secrets from the environment, in the article's form and VAPI's default form; its `proof`
    and options count for nothing (decisions 13 and 14). The HMAC options are those of VAPI's credential
    (intake.signatures says what they mean) and count with `proof` "hmac" only. `assistant_id` and `phone_number_id` are
    VAPI's; a delivery that names others is flagged. A retired line takes nothing more and keeps its deliveries.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="lines")
    name = models.CharField(max_length=60)
    is_default = models.BooleanField(default=False)
    proof = models.CharField(max_length=12, choices=Proof.choices, default=Proof.SIGNED.value)

    signature_header = models.CharField(max_length=60, default="x-signature")
    timestamp_header = models.CharField(max_length=60, default="x-timestamp", blank=True)
    signature_prefix = models.CharField(
        max_length=20, blank=True, help_text="Stands before the signature, such as sha256=."
    )
    include_timestamp = models.BooleanField(default=True, help_text="Without it, an old delivery can be sent again.")
    payload_format = models.CharField(
        max_length=120,
        default="{timestamp}.{body}",
        help_text="What is signed: text around {body}, {timestamp}, {method}, {url} and {svix-id}.",
    )
    algorithm = models.CharField(max_length=6, choices=Algorithm.choices, default=Algorithm.SHA256.value)
    allow_sha1 = models.BooleanField(default=False, help_text="SHA-1 is accepted only with this set as well.")
    signature_encoding = models.CharField(max_length=6, choices=Encoding.choices, default=Encoding.HEX.value)
    secret_is_base64 = models.BooleanField(default=False, help_text="The secret is base64; its bytes are the key.")

    assistant_id = models.CharField(
        max_length=64, blank=True, help_text="VAPI's id of the assistant checked as safe; it answers the line."
    )
    phone_number_id = models.CharField(max_length=64, blank=True, help_text="VAPI's id of the phone number.")
    structured_output_ids = ArrayField(
        models.CharField(max_length=64),
        default=list,
        blank=True,
        help_text="VAPI's ids of the structured outputs that hold the request, separated by commas; empty: by shape.",
    )
    staff_number = models.CharField(
        max_length=20, blank=True, help_text="E.164; a caller is put through to it while the clinic is open."
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = LineQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_line"),
            models.CheckConstraint(
                condition=~Q(algorithm=Algorithm.SHA1.value) | Q(allow_sha1=True), name="sha1_is_allowed_by_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def decodes_its_secret(self) -> bool:
        """Whether the bytes behind its secret's base64 are the key."""
        return self.proof == Proof.SIGNED and self.secret_is_base64
