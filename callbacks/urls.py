"""Callbacks' URLs: the queue, the clinic's CRM, and one callback by its public id."""

from django.urls import path

from callbacks.web import bulk, caller, clinical, crm, deferring, ending, handing, notices, queue, workspace

app_name = "callbacks"
urlpatterns = [
    path("queue", queue.queue, name="queue"),
    path("queue/pulse", queue.pulse, name="pulse"),
    path("queue/next", queue.call_next, name="call-next"),
    path("queue/bulk", bulk.bulk, name="bulk"),
    path("notices", notices.notices, name="notices"),
    path("notices/count", notices.count, name="notice-count"),
    path("notices/read", notices.mark, name="notices-read"),
    path("crm", crm.crm, name="crm"),
    path("crm/targets/<uuid:target_id>/check", crm.check, name="crm-check"),
    path("crm/targets/<uuid:target_id>/resume", crm.resume, name="crm-resume"),
    path("crm/targets/<uuid:target_id>/retry-all", crm.retry_all, name="crm-retry-all"),
    path("crm/letters/<uuid:letter_id>/retry", crm.retry, name="crm-retry"),
    path("crm/letters/<uuid:letter_id>/ignore", crm.ignore, name="crm-ignore"),
    path("callbacks/<uuid:public_id>", workspace.workspace, name="workspace"),
    path("callbacks/<uuid:public_id>/claim", workspace.claim, name="claim"),
    path("callbacks/<uuid:public_id>/release", workspace.release, name="release"),
    path("callbacks/<uuid:public_id>/reveal", workspace.reveal_number, name="reveal"),
    path("callbacks/<uuid:public_id>/heartbeat", workspace.heartbeat, name="heartbeat"),
    path("callbacks/<uuid:public_id>/review", workspace.review, name="review"),
    path("callbacks/<uuid:public_id>/outcome", workspace.record_outcome, name="outcome"),
    path("callbacks/<uuid:public_id>/dial", workspace.dial, name="dial"),
    path("callbacks/<uuid:public_id>/draft", workspace.draft, name="draft"),
    path("callbacks/<uuid:public_id>/skip", deferring.skip, name="skip"),
    path("callbacks/<uuid:public_id>/snooze", deferring.snooze, name="snooze"),
    path("callbacks/<uuid:public_id>/agree", deferring.agree, name="agree"),
    path("callbacks/<uuid:public_id>/give", handing.give, name="give"),
    path("callbacks/<uuid:public_id>/take-over", handing.take_over, name="take-over"),
    path("callbacks/<uuid:public_id>/merge", handing.merge, name="merge"),
    path("callbacks/<uuid:public_id>/concern", clinical.concern, name="concern"),
    path("callbacks/<uuid:public_id>/accept", clinical.accept, name="accept"),
    path("callbacks/<uuid:public_id>/resolve", clinical.resolve, name="resolve"),
    path("callbacks/<uuid:public_id>/return", clinical.return_to_desk, name="return"),
    path("callbacks/<uuid:public_id>/close", ending.close, name="close"),
    path("callbacks/<uuid:public_id>/undo", ending.undo, name="undo"),
    path("callbacks/<uuid:public_id>/reopen", ending.reopen, name="reopen"),
    path("callbacks/<uuid:public_id>/correct", caller.correct, name="correct"),
    path("callbacks/<uuid:public_id>/rule", caller.rule, name="rule"),
    path("callbacks/<uuid:public_id>/lift-rule", caller.lift_rule, name="lift-rule"),
]
