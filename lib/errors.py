"""Lib's refusals: every expected "no" is a Refusal with a sentence for people, a code for machines and a status."""


class Refusal(Exception):  # noqa: N818 - an expected answer, not an error of ours
    """A request that is understood and refused. The sentence never holds input or patient data.

    Subclasses set `code` (closed vocabulary), `status` (HTTP) and a default `sentence`.
    """

    code = "refused"
    status = 400
    sentence = "This cannot be done."

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or self.sentence
        super().__init__(self.sentence)


class NotFoundRefusal(Refusal):
    """The record does not exist or is not this person's to see: the answer is the same (ASVS 8.2.2)."""

    code = "not_found"
    status = 404
    sentence = "There is no such record here."


class ConflictRefusal(Refusal):
    """Somebody else was faster; nothing was changed."""

    code = "conflict"
    status = 409
    sentence = "Somebody else changed this in the meantime."
