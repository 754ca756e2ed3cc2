"""What a CRM got stands in the accounting of disclosures, with the name and host it had."""

from datetime import timedelta

from audit.reports.accesses import Question
from audit.reports.disclosures import disclosures
from callbacks.models import CrmTarget
from callbacks.references import label_recipients
from tests.callbacks.crm.lanes import sync


def test_what_was_sent_is_accounted_for_also_after_the_target_moved(cast, crm, target, dana, tuesday):
    CrmTarget.objects.update(fields=["first_name", "urgency"])
    tuesday.shift(timedelta(seconds=31))
    sync(target)
    CrmTarget.objects.update(address="https://elsewhere.example.com")
    (line,) = disclosures(Question(clinic_ids=[cast.riverside.pk], subject_ids=[str(dana.caller_id)]))
    assert (line.recipient_id, line.address, line.object_id) == (str(target.pk), "127.0.0.1", str(dana.pk))
    assert (line.fields, line.purposes) == (["first_name", "urgency"], ["PATADMIN"])
    assert label_recipients([line.recipient_id, "not an id"]) == {str(target.pk): "Chart"}
