"""Callbacks' models: callers, callbacks, attempts and other acts, contact rules, the clinic's hours and scripts, and its CRM."""

from callbacks.models.attempt import Attempt
from callbacks.models.callback import Callback
from callbacks.models.caller import Caller
from callbacks.models.change import Change
from callbacks.models.concern import Concern, EmergencyAnswer
from callbacks.models.contact_rule import ContactRule, RuleKind, RuleSource
from callbacks.models.crm import CrmTarget, IgnoreReason, SyncState, SyncStatus, TargetKind
from callbacks.models.desk_policy import DeskPolicy
from callbacks.models.downtime_sheet import DowntimeSheet
from callbacks.models.draft import Draft
from callbacks.models.hours import ClinicPeriod, Closure, SpecialDay
from callbacks.models.hours_edit import HoursEdit
from callbacks.models.ladder_step import LadderStep
from callbacks.models.notice import Audience, Notice, NoticeKind, NoticeMail, NoticeReading
from callbacks.models.on_call import OnCall
from callbacks.models.past_hours import PastHours
from callbacks.models.saved_view import SavedView
from callbacks.models.script import Script

__all__ = [
    "Attempt",
    "Audience",
    "Callback",
    "Caller",
    "Change",
    "ClinicPeriod",
    "Closure",
    "Concern",
    "ContactRule",
    "CrmTarget",
    "DeskPolicy",
    "DowntimeSheet",
    "Draft",
    "EmergencyAnswer",
    "HoursEdit",
    "IgnoreReason",
    "LadderStep",
    "Notice",
    "NoticeKind",
    "NoticeMail",
    "NoticeReading",
    "OnCall",
    "PastHours",
    "RuleKind",
    "RuleSource",
    "SavedView",
    "Script",
    "SpecialDay",
    "SyncState",
    "SyncStatus",
    "TargetKind",
]
