"""Callbacks' URLs: the queue, and one callback by its public id."""

from django.urls import path

from callbacks.web import queue, workspace

app_name = "callbacks"
urlpatterns = [
    path("queue", queue.queue, name="queue"),
    path("queue/pulse", queue.pulse, name="pulse"),
    path("queue/next", queue.call_next, name="call-next"),
    path("callbacks/<uuid:public_id>", workspace.workspace, name="workspace"),
    path("callbacks/<uuid:public_id>/claim", workspace.claim, name="claim"),
    path("callbacks/<uuid:public_id>/release", workspace.release, name="release"),
    path("callbacks/<uuid:public_id>/reveal", workspace.reveal_number, name="reveal"),
    path("callbacks/<uuid:public_id>/heartbeat", workspace.heartbeat, name="heartbeat"),
    path("callbacks/<uuid:public_id>/review", workspace.review, name="review"),
    path("callbacks/<uuid:public_id>/outcome", workspace.record_outcome, name="outcome"),
]
