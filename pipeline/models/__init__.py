"""Everything that is stored, one module per stage."""

from pipeline.models.audit import AuditEntry, AuditHead
from pipeline.models.captions import SignSet
from pipeline.models.channels import AccessRequest, Channel, Grant, NetworkApp
from pipeline.models.consents import Consent, ConsentName, How, Kept, Removal, ScanAnswer
from pipeline.models.corrections import Correction, NumeralConfirmation
from pipeline.models.delivery import Attempt, Beat, Hold, Metric, Receipt
from pipeline.models.disclosure import Allowance, Telling
from pipeline.models.footage import Footage
from pipeline.models.montages import Montage, MontageState
from pipeline.models.notices import OWED, Mute, Notice, NoticeKind, NoticeState
from pipeline.models.panic import Panic
from pipeline.models.people import Invitation, Role, SecondFactor, SignIn, User
from pipeline.models.planning import (
    ACTIVE,
    BEYOND_CHANGE,
    IN_DOUBT,
    OUT,
    QUEUED,
    SETTLE,
    WAITING,
    CalendarFeed,
    KeyDate,
    Publication,
    PublicationState,
    Slot,
)
from pipeline.models.posts import (
    Contribution,
    Post,
    PostKind,
    PostState,
    Rendition,
    RenditionState,
    Tag,
    Variant,
    VariantMedia,
    VariantText,
)
from pipeline.models.protection import (
    Faces,
    FaceSearch,
    FaceTimeline,
    GapDecision,
    Protection,
    ProtectionReceipt,
    TimelineReview,
    Voice,
)
from pipeline.models.records import FileShape, Import, Observation, Upload
from pipeline.models.repairs import Repair
from pipeline.models.review import Approval, Remark, Revision, RevisionAuthor, RevisionItem
from pipeline.models.summaries import ColumnMonth, Confirmation, Figure, Partial, Summary
from pipeline.models.writing import Change, Comment, Jotting

__all__ = [
    "ACTIVE",
    "BEYOND_CHANGE",
    "IN_DOUBT",
    "OUT",
    "OWED",
    "QUEUED",
    "SETTLE",
    "WAITING",
    "AccessRequest",
    "Allowance",
    "Approval",
    "Attempt",
    "AuditEntry",
    "AuditHead",
    "Beat",
    "CalendarFeed",
    "Change",
    "Channel",
    "ColumnMonth",
    "Comment",
    "Confirmation",
    "Consent",
    "ConsentName",
    "Contribution",
    "Correction",
    "FaceSearch",
    "FaceTimeline",
    "Faces",
    "Figure",
    "FileShape",
    "Footage",
    "GapDecision",
    "Grant",
    "Hold",
    "How",
    "Import",
    "Invitation",
    "Jotting",
    "Kept",
    "KeyDate",
    "Metric",
    "Montage",
    "MontageState",
    "Mute",
    "NetworkApp",
    "Notice",
    "NoticeKind",
    "NoticeState",
    "NumeralConfirmation",
    "Observation",
    "Panic",
    "Partial",
    "Post",
    "PostKind",
    "PostState",
    "Protection",
    "ProtectionReceipt",
    "Publication",
    "PublicationState",
    "Receipt",
    "Remark",
    "Removal",
    "Rendition",
    "RenditionState",
    "Repair",
    "Revision",
    "RevisionAuthor",
    "RevisionItem",
    "Role",
    "ScanAnswer",
    "SecondFactor",
    "SignIn",
    "SignSet",
    "Slot",
    "Summary",
    "Tag",
    "Telling",
    "TimelineReview",
    "Upload",
    "User",
    "Variant",
    "VariantMedia",
    "VariantText",
    "Voice",
]
