from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_DONE: _ClassVar[Outcome]
    OUTCOME_PARTIAL: _ClassVar[Outcome]
    OUTCOME_SHORT: _ClassVar[Outcome]
    OUTCOME_UNKNOWN: _ClassVar[Outcome]
    OUTCOME_NOT_LIVE: _ClassVar[Outcome]
    OUTCOME_WRONG_STATE: _ClassVar[Outcome]
    OUTCOME_DUPLICATE: _ClassVar[Outcome]
    OUTCOME_NOT_FREE: _ClassVar[Outcome]
    OUTCOME_LIMIT: _ClassVar[Outcome]
    OUTCOME_NOT_HELD: _ClassVar[Outcome]

class Policy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POLICY_ALL_OR_NOTHING: _ClassVar[Policy]
    POLICY_PARTIAL: _ClassVar[Policy]
    POLICY_COMPLETE: _ClassVar[Policy]

class Placement(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLACEMENT_NONE: _ClassVar[Placement]
    PLACEMENT_POOL: _ClassVar[Placement]
    PLACEMENT_BINS: _ClassVar[Placement]

class StockStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STOCK_STATUS_AVAILABLE: _ClassVar[StockStatus]
    STOCK_STATUS_HELD: _ClassVar[StockStatus]
    STOCK_STATUS_QUARANTINE: _ClassVar[StockStatus]
    STOCK_STATUS_DAMAGED: _ClassVar[StockStatus]
    STOCK_STATUS_EXPIRED: _ClassVar[StockStatus]

class Rotation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROTATION_FEFO: _ClassVar[Rotation]
    ROTATION_FIFO: _ClassVar[Rotation]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_RESERVE: _ClassVar[Role]
    ROLE_PICK_FACE: _ClassVar[Role]
    ROLE_DOCK: _ClassVar[Role]
    ROLE_STAGE: _ClassVar[Role]
    ROLE_LANE: _ClassVar[Role]
    ROLE_PUT_WALL_SLOT: _ClassVar[Role]
    ROLE_PACK: _ClassVar[Role]
    ROLE_QUARANTINE: _ClassVar[Role]
    ROLE_RETURNS: _ClassVar[Role]
    ROLE_ROBOT_STATION: _ClassVar[Role]
    ROLE_CART: _ClassVar[Role]
    ROLE_FORKLIFT: _ClassVar[Role]

class HandlingUnitKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HANDLING_UNIT_KIND_PALLET: _ClassVar[HandlingUnitKind]
    HANDLING_UNIT_KIND_CASE: _ClassVar[HandlingUnitKind]
    HANDLING_UNIT_KIND_TOTE: _ClassVar[HandlingUnitKind]
    HANDLING_UNIT_KIND_CARTON: _ClassVar[HandlingUnitKind]

class NameKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NAME_KIND_UNSPECIFIED: _ClassVar[NameKind]
    NAME_KIND_CLIENT: _ClassVar[NameKind]
    NAME_KIND_CHANNEL: _ClassVar[NameKind]
    NAME_KIND_REASON: _ClassVar[NameKind]
    NAME_KIND_ZONE: _ClassVar[NameKind]
    NAME_KIND_TENANT: _ClassVar[NameKind]
    NAME_KIND_ACTOR: _ClassVar[NameKind]

class AllocationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALLOCATION_STATE_FREE: _ClassVar[AllocationState]
    ALLOCATION_STATE_POOLED: _ClassVar[AllocationState]
    ALLOCATION_STATE_BOUND: _ClassVar[AllocationState]
    ALLOCATION_STATE_PICKED: _ClassVar[AllocationState]
    ALLOCATION_STATE_PACKED: _ClassVar[AllocationState]
    ALLOCATION_STATE_SHIPPED: _ClassVar[AllocationState]

class PromiseState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROMISE_STATE_UNSPECIFIED: _ClassVar[PromiseState]
    PROMISE_STATE_LIVE: _ClassVar[PromiseState]
    PROMISE_STATE_PEGGED: _ClassVar[PromiseState]
    PROMISE_STATE_RELEASED: _ClassVar[PromiseState]
    PROMISE_STATE_EXPIRED: _ClassVar[PromiseState]
    PROMISE_STATE_CONSUMED: _ClassVar[PromiseState]
    PROMISE_STATE_BROKEN: _ClassVar[PromiseState]

class OrderState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_STATE_UNSPECIFIED: _ClassVar[OrderState]
    ORDER_STATE_OPEN: _ClassVar[OrderState]
    ORDER_STATE_RELEASED: _ClassVar[OrderState]
    ORDER_STATE_PACKED: _ClassVar[OrderState]
    ORDER_STATE_SHIPPED: _ClassVar[OrderState]
    ORDER_STATE_CANCELLED: _ClassVar[OrderState]

class EffectKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EFFECT_KIND_UNSPECIFIED: _ClassVar[EffectKind]
    EFFECT_KIND_ORDER_ACCEPTED: _ClassVar[EffectKind]
    EFFECT_KIND_ORDER_CANCELLED: _ClassVar[EffectKind]
    EFFECT_KIND_ORDER_ALLOCATED: _ClassVar[EffectKind]
    EFFECT_KIND_ORDER_DEALLOCATED: _ClassVar[EffectKind]
    EFFECT_KIND_ORDER_RELEASED: _ClassVar[EffectKind]
    EFFECT_KIND_ORDER_PICKED: _ClassVar[EffectKind]
    EFFECT_KIND_ORDER_SHORT_PICKED: _ClassVar[EffectKind]
    EFFECT_KIND_ORDER_UNPICKED: _ClassVar[EffectKind]
    EFFECT_KIND_ORDER_PACKED: _ClassVar[EffectKind]
    EFFECT_KIND_ORDER_SHIPPED: _ClassVar[EffectKind]
    EFFECT_KIND_PROMISE_MADE: _ClassVar[EffectKind]
    EFFECT_KIND_PROMISE_RELEASED: _ClassVar[EffectKind]
    EFFECT_KIND_PROMISE_EXPIRED: _ClassVar[EffectKind]
    EFFECT_KIND_PROMISE_BROKEN: _ClassVar[EffectKind]
    EFFECT_KIND_RECEIPT_POSTED: _ClassVar[EffectKind]
    EFFECT_KIND_STOCK_MOVED: _ClassVar[EffectKind]
    EFFECT_KIND_STOCK_ADJUSTED: _ClassVar[EffectKind]
    EFFECT_KIND_STOCK_HELD: _ClassVar[EffectKind]
    EFFECT_KIND_STOCK_HOLD_RELEASED: _ClassVar[EffectKind]
    EFFECT_KIND_ITEM_PUT: _ClassVar[EffectKind]
    EFFECT_KIND_AVAILABLE_CHANGED: _ClassVar[EffectKind]
    EFFECT_KIND_BATCH_OPENED: _ClassVar[EffectKind]
    EFFECT_KIND_BATCH_RELEASED: _ClassVar[EffectKind]
    EFFECT_KIND_BATCH_CANCELLED: _ClassVar[EffectKind]
    EFFECT_KIND_BATCH_CLAIMED: _ClassVar[EffectKind]
    EFFECT_KIND_BATCH_PAUSED: _ClassVar[EffectKind]
    EFFECT_KIND_BATCH_RESUMED: _ClassVar[EffectKind]
    EFFECT_KIND_BATCH_DROPPED: _ClassVar[EffectKind]
    EFFECT_KIND_BATCH_REASSIGNED: _ClassVar[EffectKind]
    EFFECT_KIND_BATCH_DELIVERED: _ClassVar[EffectKind]
    EFFECT_KIND_LEASE_TAKEN: _ClassVar[EffectKind]
    EFFECT_KIND_TOTE_ASSIGNED: _ClassVar[EffectKind]
    EFFECT_KIND_PICK_ADDED: _ClassVar[EffectKind]
    EFFECT_KIND_MOVE_ADDED: _ClassVar[EffectKind]
    EFFECT_KIND_TASK_CONFIRMED: _ClassVar[EffectKind]
    EFFECT_KIND_TASK_SHORT: _ClassVar[EffectKind]
    EFFECT_KIND_TASK_DROPPED: _ClassVar[EffectKind]
    EFFECT_KIND_TASK_ROUTED: _ClassVar[EffectKind]
    EFFECT_KIND_PICK_SORTED: _ClassVar[EffectKind]
    EFFECT_KIND_UNIT_CONSOLIDATED: _ClassVar[EffectKind]
    EFFECT_KIND_UNIT_STAGED: _ClassVar[EffectKind]
    EFFECT_KIND_UNIT_LOADED: _ClassVar[EffectKind]
    EFFECT_KIND_UNIT_UNLOADED: _ClassVar[EffectKind]
    EFFECT_KIND_LOAD_DOCKED: _ClassVar[EffectKind]
    EFFECT_KIND_LOAD_DEPARTED: _ClassVar[EffectKind]
    EFFECT_KIND_LOAD_PUT: _ClassVar[EffectKind]

class EntityKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTITY_KIND_UNSPECIFIED: _ClassVar[EntityKind]
    ENTITY_KIND_ORDER: _ClassVar[EntityKind]
    ENTITY_KIND_PROMISE: _ClassVar[EntityKind]
    ENTITY_KIND_RECEIPT: _ClassVar[EntityKind]
    ENTITY_KIND_STOCK: _ClassVar[EntityKind]
    ENTITY_KIND_ITEM: _ClassVar[EntityKind]
    ENTITY_KIND_BATCH: _ClassVar[EntityKind]
    ENTITY_KIND_UNIT: _ClassVar[EntityKind]
    ENTITY_KIND_LOAD: _ClassVar[EntityKind]

class WorkerKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WORKER_KIND_PERSON: _ClassVar[WorkerKind]
    WORKER_KIND_ROBOT: _ClassVar[WorkerKind]
    WORKER_KIND_DEVICE: _ClassVar[WorkerKind]

class HandlingUnitState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HANDLING_UNIT_STATE_EMPTY: _ClassVar[HandlingUnitState]
    HANDLING_UNIT_STATE_FILLING: _ClassVar[HandlingUnitState]
    HANDLING_UNIT_STATE_CONSOLIDATING: _ClassVar[HandlingUnitState]
    HANDLING_UNIT_STATE_PACKED: _ClassVar[HandlingUnitState]
    HANDLING_UNIT_STATE_STAGED: _ClassVar[HandlingUnitState]
    HANDLING_UNIT_STATE_LOADED: _ClassVar[HandlingUnitState]
    HANDLING_UNIT_STATE_DEPARTED: _ClassVar[HandlingUnitState]

class WaveState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WAVE_STATE_UNSPECIFIED: _ClassVar[WaveState]
    WAVE_STATE_PLANNED: _ClassVar[WaveState]
    WAVE_STATE_RELEASED: _ClassVar[WaveState]
    WAVE_STATE_DONE: _ClassVar[WaveState]

class BatchState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BATCH_STATE_UNSPECIFIED: _ClassVar[BatchState]
    BATCH_STATE_OPEN: _ClassVar[BatchState]
    BATCH_STATE_RELEASED: _ClassVar[BatchState]
    BATCH_STATE_CLAIMED: _ClassVar[BatchState]
    BATCH_STATE_PAUSED: _ClassVar[BatchState]
    BATCH_STATE_DONE: _ClassVar[BatchState]
    BATCH_STATE_CANCELLED: _ClassVar[BatchState]

class TaskKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_KIND_UNSPECIFIED: _ClassVar[TaskKind]
    TASK_KIND_PICK: _ClassVar[TaskKind]
    TASK_KIND_MOVE: _ClassVar[TaskKind]

class TaskState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_STATE_UNSPECIFIED: _ClassVar[TaskState]
    TASK_STATE_OPEN: _ClassVar[TaskState]
    TASK_STATE_DONE: _ClassVar[TaskState]
    TASK_STATE_SHORT: _ClassVar[TaskState]
    TASK_STATE_DROPPED: _ClassVar[TaskState]

class LoadState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOAD_STATE_UNSPECIFIED: _ClassVar[LoadState]
    LOAD_STATE_EXPECTED: _ClassVar[LoadState]
    LOAD_STATE_AT_DOOR: _ClassVar[LoadState]
    LOAD_STATE_DEPARTED: _ClassVar[LoadState]

class LetterState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LETTER_STATE_UNSPECIFIED: _ClassVar[LetterState]
    LETTER_STATE_PARKED: _ClassVar[LetterState]
    LETTER_STATE_REPLAYED: _ClassVar[LetterState]
    LETTER_STATE_RESOLVED: _ClassVar[LetterState]
OUTCOME_DONE: Outcome
OUTCOME_PARTIAL: Outcome
OUTCOME_SHORT: Outcome
OUTCOME_UNKNOWN: Outcome
OUTCOME_NOT_LIVE: Outcome
OUTCOME_WRONG_STATE: Outcome
OUTCOME_DUPLICATE: Outcome
OUTCOME_NOT_FREE: Outcome
OUTCOME_LIMIT: Outcome
OUTCOME_NOT_HELD: Outcome
POLICY_ALL_OR_NOTHING: Policy
POLICY_PARTIAL: Policy
POLICY_COMPLETE: Policy
PLACEMENT_NONE: Placement
PLACEMENT_POOL: Placement
PLACEMENT_BINS: Placement
STOCK_STATUS_AVAILABLE: StockStatus
STOCK_STATUS_HELD: StockStatus
STOCK_STATUS_QUARANTINE: StockStatus
STOCK_STATUS_DAMAGED: StockStatus
STOCK_STATUS_EXPIRED: StockStatus
ROTATION_FEFO: Rotation
ROTATION_FIFO: Rotation
ROLE_RESERVE: Role
ROLE_PICK_FACE: Role
ROLE_DOCK: Role
ROLE_STAGE: Role
ROLE_LANE: Role
ROLE_PUT_WALL_SLOT: Role
ROLE_PACK: Role
ROLE_QUARANTINE: Role
ROLE_RETURNS: Role
ROLE_ROBOT_STATION: Role
ROLE_CART: Role
ROLE_FORKLIFT: Role
HANDLING_UNIT_KIND_PALLET: HandlingUnitKind
HANDLING_UNIT_KIND_CASE: HandlingUnitKind
HANDLING_UNIT_KIND_TOTE: HandlingUnitKind
HANDLING_UNIT_KIND_CARTON: HandlingUnitKind
NAME_KIND_UNSPECIFIED: NameKind
NAME_KIND_CLIENT: NameKind
NAME_KIND_CHANNEL: NameKind
NAME_KIND_REASON: NameKind
NAME_KIND_ZONE: NameKind
NAME_KIND_TENANT: NameKind
NAME_KIND_ACTOR: NameKind
ALLOCATION_STATE_FREE: AllocationState
ALLOCATION_STATE_POOLED: AllocationState
ALLOCATION_STATE_BOUND: AllocationState
ALLOCATION_STATE_PICKED: AllocationState
ALLOCATION_STATE_PACKED: AllocationState
ALLOCATION_STATE_SHIPPED: AllocationState
PROMISE_STATE_UNSPECIFIED: PromiseState
PROMISE_STATE_LIVE: PromiseState
PROMISE_STATE_PEGGED: PromiseState
PROMISE_STATE_RELEASED: PromiseState
PROMISE_STATE_EXPIRED: PromiseState
PROMISE_STATE_CONSUMED: PromiseState
PROMISE_STATE_BROKEN: PromiseState
ORDER_STATE_UNSPECIFIED: OrderState
ORDER_STATE_OPEN: OrderState
ORDER_STATE_RELEASED: OrderState
ORDER_STATE_PACKED: OrderState
ORDER_STATE_SHIPPED: OrderState
ORDER_STATE_CANCELLED: OrderState
EFFECT_KIND_UNSPECIFIED: EffectKind
EFFECT_KIND_ORDER_ACCEPTED: EffectKind
EFFECT_KIND_ORDER_CANCELLED: EffectKind
EFFECT_KIND_ORDER_ALLOCATED: EffectKind
EFFECT_KIND_ORDER_DEALLOCATED: EffectKind
EFFECT_KIND_ORDER_RELEASED: EffectKind
EFFECT_KIND_ORDER_PICKED: EffectKind
EFFECT_KIND_ORDER_SHORT_PICKED: EffectKind
EFFECT_KIND_ORDER_UNPICKED: EffectKind
EFFECT_KIND_ORDER_PACKED: EffectKind
EFFECT_KIND_ORDER_SHIPPED: EffectKind
EFFECT_KIND_PROMISE_MADE: EffectKind
EFFECT_KIND_PROMISE_RELEASED: EffectKind
EFFECT_KIND_PROMISE_EXPIRED: EffectKind
EFFECT_KIND_PROMISE_BROKEN: EffectKind
EFFECT_KIND_RECEIPT_POSTED: EffectKind
EFFECT_KIND_STOCK_MOVED: EffectKind
EFFECT_KIND_STOCK_ADJUSTED: EffectKind
EFFECT_KIND_STOCK_HELD: EffectKind
EFFECT_KIND_STOCK_HOLD_RELEASED: EffectKind
EFFECT_KIND_ITEM_PUT: EffectKind
EFFECT_KIND_AVAILABLE_CHANGED: EffectKind
EFFECT_KIND_BATCH_OPENED: EffectKind
EFFECT_KIND_BATCH_RELEASED: EffectKind
EFFECT_KIND_BATCH_CANCELLED: EffectKind
EFFECT_KIND_BATCH_CLAIMED: EffectKind
EFFECT_KIND_BATCH_PAUSED: EffectKind
EFFECT_KIND_BATCH_RESUMED: EffectKind
EFFECT_KIND_BATCH_DROPPED: EffectKind
EFFECT_KIND_BATCH_REASSIGNED: EffectKind
EFFECT_KIND_BATCH_DELIVERED: EffectKind
EFFECT_KIND_LEASE_TAKEN: EffectKind
EFFECT_KIND_TOTE_ASSIGNED: EffectKind
EFFECT_KIND_PICK_ADDED: EffectKind
EFFECT_KIND_MOVE_ADDED: EffectKind
EFFECT_KIND_TASK_CONFIRMED: EffectKind
EFFECT_KIND_TASK_SHORT: EffectKind
EFFECT_KIND_TASK_DROPPED: EffectKind
EFFECT_KIND_TASK_ROUTED: EffectKind
EFFECT_KIND_PICK_SORTED: EffectKind
EFFECT_KIND_UNIT_CONSOLIDATED: EffectKind
EFFECT_KIND_UNIT_STAGED: EffectKind
EFFECT_KIND_UNIT_LOADED: EffectKind
EFFECT_KIND_UNIT_UNLOADED: EffectKind
EFFECT_KIND_LOAD_DOCKED: EffectKind
EFFECT_KIND_LOAD_DEPARTED: EffectKind
EFFECT_KIND_LOAD_PUT: EffectKind
ENTITY_KIND_UNSPECIFIED: EntityKind
ENTITY_KIND_ORDER: EntityKind
ENTITY_KIND_PROMISE: EntityKind
ENTITY_KIND_RECEIPT: EntityKind
ENTITY_KIND_STOCK: EntityKind
ENTITY_KIND_ITEM: EntityKind
ENTITY_KIND_BATCH: EntityKind
ENTITY_KIND_UNIT: EntityKind
ENTITY_KIND_LOAD: EntityKind
WORKER_KIND_PERSON: WorkerKind
WORKER_KIND_ROBOT: WorkerKind
WORKER_KIND_DEVICE: WorkerKind
HANDLING_UNIT_STATE_EMPTY: HandlingUnitState
HANDLING_UNIT_STATE_FILLING: HandlingUnitState
HANDLING_UNIT_STATE_CONSOLIDATING: HandlingUnitState
HANDLING_UNIT_STATE_PACKED: HandlingUnitState
HANDLING_UNIT_STATE_STAGED: HandlingUnitState
HANDLING_UNIT_STATE_LOADED: HandlingUnitState
HANDLING_UNIT_STATE_DEPARTED: HandlingUnitState
WAVE_STATE_UNSPECIFIED: WaveState
WAVE_STATE_PLANNED: WaveState
WAVE_STATE_RELEASED: WaveState
WAVE_STATE_DONE: WaveState
BATCH_STATE_UNSPECIFIED: BatchState
BATCH_STATE_OPEN: BatchState
BATCH_STATE_RELEASED: BatchState
BATCH_STATE_CLAIMED: BatchState
BATCH_STATE_PAUSED: BatchState
BATCH_STATE_DONE: BatchState
BATCH_STATE_CANCELLED: BatchState
TASK_KIND_UNSPECIFIED: TaskKind
TASK_KIND_PICK: TaskKind
TASK_KIND_MOVE: TaskKind
TASK_STATE_UNSPECIFIED: TaskState
TASK_STATE_OPEN: TaskState
TASK_STATE_DONE: TaskState
TASK_STATE_SHORT: TaskState
TASK_STATE_DROPPED: TaskState
LOAD_STATE_UNSPECIFIED: LoadState
LOAD_STATE_EXPECTED: LoadState
LOAD_STATE_AT_DOOR: LoadState
LOAD_STATE_DEPARTED: LoadState
LETTER_STATE_UNSPECIFIED: LetterState
LETTER_STATE_PARKED: LetterState
LETTER_STATE_REPLAYED: LetterState
LETTER_STATE_RESOLVED: LetterState

class PutNameRequest(_message.Message):
    __slots__ = ("key", "kind", "code")
    KEY_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    kind: NameKind
    code: str
    def __init__(self, key: _Optional[bytes] = ..., kind: _Optional[_Union[NameKind, str]] = ..., code: _Optional[str] = ...) -> None: ...

class PutNameReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "name")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    name: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., name: _Optional[int] = ...) -> None: ...

class PutItemRequest(_message.Message):
    __slots__ = ("key", "client", "code", "rotation", "shelf_life_days", "length_mm", "width_mm", "height_mm", "weight_g", "hazard", "temperature", "active")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ROTATION_FIELD_NUMBER: _ClassVar[int]
    SHELF_LIFE_DAYS_FIELD_NUMBER: _ClassVar[int]
    LENGTH_MM_FIELD_NUMBER: _ClassVar[int]
    WIDTH_MM_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_MM_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_G_FIELD_NUMBER: _ClassVar[int]
    HAZARD_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    client: str
    code: str
    rotation: Rotation
    shelf_life_days: int
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    hazard: int
    temperature: int
    active: bool
    def __init__(self, key: _Optional[bytes] = ..., client: _Optional[str] = ..., code: _Optional[str] = ..., rotation: _Optional[_Union[Rotation, str]] = ..., shelf_life_days: _Optional[int] = ..., length_mm: _Optional[int] = ..., width_mm: _Optional[int] = ..., height_mm: _Optional[int] = ..., weight_g: _Optional[int] = ..., hazard: _Optional[int] = ..., temperature: _Optional[int] = ..., active: _Optional[bool] = ...) -> None: ...

class PutItemReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "item")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    item: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., item: _Optional[int] = ...) -> None: ...

class PutPackRequest(_message.Message):
    __slots__ = ("key", "item", "level", "units", "length_mm", "width_mm", "height_mm", "weight_g", "client")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    LENGTH_MM_FIELD_NUMBER: _ClassVar[int]
    WIDTH_MM_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_MM_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_G_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    item: str
    level: int
    units: int
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    client: str
    def __init__(self, key: _Optional[bytes] = ..., item: _Optional[str] = ..., level: _Optional[int] = ..., units: _Optional[int] = ..., length_mm: _Optional[int] = ..., width_mm: _Optional[int] = ..., height_mm: _Optional[int] = ..., weight_g: _Optional[int] = ..., client: _Optional[str] = ...) -> None: ...

class PutPackReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "pack")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    pack: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., pack: _Optional[int] = ...) -> None: ...

class PutAliasRequest(_message.Message):
    __slots__ = ("key", "code", "client", "item", "pack_level", "units")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    PACK_LEVEL_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    code: str
    client: str
    item: str
    pack_level: int
    units: int
    def __init__(self, key: _Optional[bytes] = ..., code: _Optional[str] = ..., client: _Optional[str] = ..., item: _Optional[str] = ..., pack_level: _Optional[int] = ..., units: _Optional[int] = ...) -> None: ...

class PutAliasReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "alias")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    alias: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., alias: _Optional[int] = ...) -> None: ...

class PutLotRequest(_message.Message):
    __slots__ = ("key", "item", "owner", "code", "expiry_day", "client")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_DAY_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    item: str
    owner: str
    code: str
    expiry_day: int
    client: str
    def __init__(self, key: _Optional[bytes] = ..., item: _Optional[str] = ..., owner: _Optional[str] = ..., code: _Optional[str] = ..., expiry_day: _Optional[int] = ..., client: _Optional[str] = ...) -> None: ...

class PutLotReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "lot")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LOT_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    lot: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., lot: _Optional[int] = ...) -> None: ...

class PutLocationRequest(_message.Message):
    __slots__ = ("key", "code", "zone", "role", "aisle", "side", "bay", "level", "x_mm", "y_mm", "z_mm", "pick_seq", "capacity_units", "active")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    AISLE_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    BAY_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    X_MM_FIELD_NUMBER: _ClassVar[int]
    Y_MM_FIELD_NUMBER: _ClassVar[int]
    Z_MM_FIELD_NUMBER: _ClassVar[int]
    PICK_SEQ_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_UNITS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    code: str
    zone: str
    role: Role
    aisle: int
    side: int
    bay: int
    level: int
    x_mm: int
    y_mm: int
    z_mm: int
    pick_seq: int
    capacity_units: int
    active: bool
    def __init__(self, key: _Optional[bytes] = ..., code: _Optional[str] = ..., zone: _Optional[str] = ..., role: _Optional[_Union[Role, str]] = ..., aisle: _Optional[int] = ..., side: _Optional[int] = ..., bay: _Optional[int] = ..., level: _Optional[int] = ..., x_mm: _Optional[int] = ..., y_mm: _Optional[int] = ..., z_mm: _Optional[int] = ..., pick_seq: _Optional[int] = ..., capacity_units: _Optional[int] = ..., active: _Optional[bool] = ...) -> None: ...

class PutLocationReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "location")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    location: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., location: _Optional[int] = ...) -> None: ...

class PutHandlingUnitRequest(_message.Message):
    __slots__ = ("key", "code", "kind", "parent", "location")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    code: str
    kind: HandlingUnitKind
    parent: str
    location: str
    def __init__(self, key: _Optional[bytes] = ..., code: _Optional[str] = ..., kind: _Optional[_Union[HandlingUnitKind, str]] = ..., parent: _Optional[str] = ..., location: _Optional[str] = ...) -> None: ...

class PutHandlingUnitReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "handling_unit")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    handling_unit: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., handling_unit: _Optional[int] = ...) -> None: ...

class PutPurchaseLineRequest(_message.Message):
    __slots__ = ("key", "code", "line_number", "item", "owner", "expected_units", "due_us", "unit_cost_minor", "client")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    LINE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_UNITS_FIELD_NUMBER: _ClassVar[int]
    DUE_US_FIELD_NUMBER: _ClassVar[int]
    UNIT_COST_MINOR_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    code: str
    line_number: int
    item: str
    owner: str
    expected_units: int
    due_us: int
    unit_cost_minor: int
    client: str
    def __init__(self, key: _Optional[bytes] = ..., code: _Optional[str] = ..., line_number: _Optional[int] = ..., item: _Optional[str] = ..., owner: _Optional[str] = ..., expected_units: _Optional[int] = ..., due_us: _Optional[int] = ..., unit_cost_minor: _Optional[int] = ..., client: _Optional[str] = ...) -> None: ...

class PutPurchaseLineReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "purchase_line")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PURCHASE_LINE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    purchase_line: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., purchase_line: _Optional[int] = ...) -> None: ...

class ReceiveRequest(_message.Message):
    __slots__ = ("key", "purchase_order", "item", "owner", "lot", "status", "pack_level", "location", "handling_unit", "units", "unit_cost_minor", "client", "purchase_line_number")
    KEY_FIELD_NUMBER: _ClassVar[int]
    PURCHASE_ORDER_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    LOT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PACK_LEVEL_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    UNIT_COST_MINOR_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    PURCHASE_LINE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    purchase_order: str
    item: str
    owner: str
    lot: str
    status: StockStatus
    pack_level: int
    location: str
    handling_unit: str
    units: int
    unit_cost_minor: int
    client: str
    purchase_line_number: int
    def __init__(self, key: _Optional[bytes] = ..., purchase_order: _Optional[str] = ..., item: _Optional[str] = ..., owner: _Optional[str] = ..., lot: _Optional[str] = ..., status: _Optional[_Union[StockStatus, str]] = ..., pack_level: _Optional[int] = ..., location: _Optional[str] = ..., handling_unit: _Optional[str] = ..., units: _Optional[int] = ..., unit_cost_minor: _Optional[int] = ..., client: _Optional[str] = ..., purchase_line_number: _Optional[int] = ...) -> None: ...

class ReceiveReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "stock", "receipt")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    stock: int
    receipt: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., stock: _Optional[int] = ..., receipt: _Optional[int] = ...) -> None: ...

class MoveRequest(_message.Message):
    __slots__ = ("key", "stock", "units", "location", "handling_unit")
    KEY_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    stock: int
    units: int
    location: str
    handling_unit: str
    def __init__(self, key: _Optional[bytes] = ..., stock: _Optional[int] = ..., units: _Optional[int] = ..., location: _Optional[str] = ..., handling_unit: _Optional[str] = ...) -> None: ...

class MoveReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "stock")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    stock: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., stock: _Optional[int] = ...) -> None: ...

class MoveHandlingUnitRequest(_message.Message):
    __slots__ = ("key", "handling_unit", "parent", "location")
    KEY_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    handling_unit: str
    parent: str
    location: str
    def __init__(self, key: _Optional[bytes] = ..., handling_unit: _Optional[str] = ..., parent: _Optional[str] = ..., location: _Optional[str] = ...) -> None: ...

class MoveHandlingUnitReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ...) -> None: ...

class AdjustRequest(_message.Message):
    __slots__ = ("key", "stock", "delta_units", "reason")
    KEY_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    DELTA_UNITS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    stock: int
    delta_units: int
    reason: str
    def __init__(self, key: _Optional[bytes] = ..., stock: _Optional[int] = ..., delta_units: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class AdjustReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "on_hand_units", "taken_back_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ON_HAND_UNITS_FIELD_NUMBER: _ClassVar[int]
    TAKEN_BACK_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    on_hand_units: int
    taken_back_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., on_hand_units: _Optional[int] = ..., taken_back_units: _Optional[int] = ...) -> None: ...

class HoldRequest(_message.Message):
    __slots__ = ("key", "stock", "units", "status", "reason")
    KEY_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    stock: int
    units: int
    status: StockStatus
    reason: str
    def __init__(self, key: _Optional[bytes] = ..., stock: _Optional[int] = ..., units: _Optional[int] = ..., status: _Optional[_Union[StockStatus, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class HoldReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "stock", "taken_back_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    TAKEN_BACK_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    stock: int
    taken_back_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., stock: _Optional[int] = ..., taken_back_units: _Optional[int] = ...) -> None: ...

class ReleaseHoldRequest(_message.Message):
    __slots__ = ("key", "stock", "units", "reason")
    KEY_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    stock: int
    units: int
    reason: str
    def __init__(self, key: _Optional[bytes] = ..., stock: _Optional[int] = ..., units: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class ReleaseHoldReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "stock")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    stock: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., stock: _Optional[int] = ...) -> None: ...

class PromiseRequest(_message.Message):
    __slots__ = ("key", "item", "owner", "channel", "units", "expires_us", "due_us", "client")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_US_FIELD_NUMBER: _ClassVar[int]
    DUE_US_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    item: str
    owner: str
    channel: str
    units: int
    expires_us: int
    due_us: int
    client: str
    def __init__(self, key: _Optional[bytes] = ..., item: _Optional[str] = ..., owner: _Optional[str] = ..., channel: _Optional[str] = ..., units: _Optional[int] = ..., expires_us: _Optional[int] = ..., due_us: _Optional[int] = ..., client: _Optional[str] = ...) -> None: ...

class PromiseReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "promise", "available_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PROMISE_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    promise: int
    available_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., promise: _Optional[int] = ..., available_units: _Optional[int] = ...) -> None: ...

class ReleasePromiseRequest(_message.Message):
    __slots__ = ("key", "promise")
    KEY_FIELD_NUMBER: _ClassVar[int]
    PROMISE_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    promise: int
    def __init__(self, key: _Optional[bytes] = ..., promise: _Optional[int] = ...) -> None: ...

class ReleasePromiseReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "available_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    available_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., available_units: _Optional[int] = ...) -> None: ...

class AcceptLine(_message.Message):
    __slots__ = ("item", "units", "promise")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    PROMISE_FIELD_NUMBER: _ClassVar[int]
    item: str
    units: int
    promise: int
    def __init__(self, item: _Optional[str] = ..., units: _Optional[int] = ..., promise: _Optional[int] = ...) -> None: ...

class AcceptRequest(_message.Message):
    __slots__ = ("key", "reference", "channel", "owner", "priority", "policy", "placement", "min_life_days", "departure_us", "code", "client", "lines")
    KEY_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    MIN_LIFE_DAYS_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_US_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    reference: int
    channel: str
    owner: str
    priority: int
    policy: Policy
    placement: Placement
    min_life_days: int
    departure_us: int
    code: str
    client: str
    lines: _containers.RepeatedCompositeFieldContainer[AcceptLine]
    def __init__(self, key: _Optional[bytes] = ..., reference: _Optional[int] = ..., channel: _Optional[str] = ..., owner: _Optional[str] = ..., priority: _Optional[int] = ..., policy: _Optional[_Union[Policy, str]] = ..., placement: _Optional[_Union[Placement, str]] = ..., min_life_days: _Optional[int] = ..., departure_us: _Optional[int] = ..., code: _Optional[str] = ..., client: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[AcceptLine, _Mapping]]] = ...) -> None: ...

class AcceptReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "order", "line_allocated_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    LINE_ALLOCATED_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    order: int
    line_allocated_units: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., order: _Optional[int] = ..., line_allocated_units: _Optional[_Iterable[int]] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("key", "order")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    order: int
    def __init__(self, key: _Optional[bytes] = ..., order: _Optional[int] = ...) -> None: ...

class CancelReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "freed_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FREED_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    freed_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., freed_units: _Optional[int] = ...) -> None: ...

class AllocateRequest(_message.Message):
    __slots__ = ("key", "order", "placement")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    order: int
    placement: Placement
    def __init__(self, key: _Optional[bytes] = ..., order: _Optional[int] = ..., placement: _Optional[_Union[Placement, str]] = ...) -> None: ...

class AllocateReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "allocated_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    allocated_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., allocated_units: _Optional[int] = ...) -> None: ...

class DeallocateRequest(_message.Message):
    __slots__ = ("key", "order")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    order: int
    def __init__(self, key: _Optional[bytes] = ..., order: _Optional[int] = ...) -> None: ...

class DeallocateReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "freed_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FREED_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    freed_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., freed_units: _Optional[int] = ...) -> None: ...

class ReleaseRequest(_message.Message):
    __slots__ = ("key", "order", "wave")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    WAVE_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    order: int
    wave: int
    def __init__(self, key: _Optional[bytes] = ..., order: _Optional[int] = ..., wave: _Optional[int] = ...) -> None: ...

class ReleaseReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "bound_units", "short_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    BOUND_UNITS_FIELD_NUMBER: _ClassVar[int]
    SHORT_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    bound_units: int
    short_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., bound_units: _Optional[int] = ..., short_units: _Optional[int] = ...) -> None: ...

class PickRequest(_message.Message):
    __slots__ = ("key", "order", "allocation", "units", "handling_unit")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    order: int
    allocation: int
    units: int
    handling_unit: str
    def __init__(self, key: _Optional[bytes] = ..., order: _Optional[int] = ..., allocation: _Optional[int] = ..., units: _Optional[int] = ..., handling_unit: _Optional[str] = ...) -> None: ...

class PickReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "stock", "left_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    LEFT_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    stock: int
    left_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., stock: _Optional[int] = ..., left_units: _Optional[int] = ...) -> None: ...

class ShortPickRequest(_message.Message):
    __slots__ = ("key", "order", "allocation", "found_units", "handling_unit", "reason")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    FOUND_UNITS_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    order: int
    allocation: int
    found_units: int
    handling_unit: str
    reason: str
    def __init__(self, key: _Optional[bytes] = ..., order: _Optional[int] = ..., allocation: _Optional[int] = ..., found_units: _Optional[int] = ..., handling_unit: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ShortPickReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "rebound_units", "short_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REBOUND_UNITS_FIELD_NUMBER: _ClassVar[int]
    SHORT_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    rebound_units: int
    short_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., rebound_units: _Optional[int] = ..., short_units: _Optional[int] = ...) -> None: ...

class UnpickRequest(_message.Message):
    __slots__ = ("key", "order", "allocation", "location")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    order: int
    allocation: int
    location: str
    def __init__(self, key: _Optional[bytes] = ..., order: _Optional[int] = ..., allocation: _Optional[int] = ..., location: _Optional[str] = ...) -> None: ...

class UnpickReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "stock")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    stock: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., stock: _Optional[int] = ...) -> None: ...

class PackRequest(_message.Message):
    __slots__ = ("key", "order", "handling_unit")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    order: int
    handling_unit: str
    def __init__(self, key: _Optional[bytes] = ..., order: _Optional[int] = ..., handling_unit: _Optional[str] = ...) -> None: ...

class PackReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "packed_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PACKED_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    packed_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., packed_units: _Optional[int] = ...) -> None: ...

class ShipRequest(_message.Message):
    __slots__ = ("key", "order")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    order: int
    def __init__(self, key: _Optional[bytes] = ..., order: _Optional[int] = ...) -> None: ...

class ShipReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "shipped_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SHIPPED_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    shipped_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., shipped_units: _Optional[int] = ...) -> None: ...

class TickRequest(_message.Message):
    __slots__ = ("key",)
    KEY_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    def __init__(self, key: _Optional[bytes] = ...) -> None: ...

class TickReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "expired_promises", "expired_stock_rows")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_PROMISES_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_STOCK_ROWS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    expired_promises: int
    expired_stock_rows: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., expired_promises: _Optional[int] = ..., expired_stock_rows: _Optional[int] = ...) -> None: ...

class PutWorkerRequest(_message.Message):
    __slots__ = ("key", "code", "kind", "zone", "active")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    code: str
    kind: WorkerKind
    zone: str
    active: bool
    def __init__(self, key: _Optional[bytes] = ..., code: _Optional[str] = ..., kind: _Optional[_Union[WorkerKind, str]] = ..., zone: _Optional[str] = ..., active: _Optional[bool] = ...) -> None: ...

class PutWorkerReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "worker")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    worker: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., worker: _Optional[int] = ...) -> None: ...

class PutCartRequest(_message.Message):
    __slots__ = ("key", "code", "slots", "volume_mm3", "weight_g", "active")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    VOLUME_MM3_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_G_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    code: str
    slots: int
    volume_mm3: int
    weight_g: int
    active: bool
    def __init__(self, key: _Optional[bytes] = ..., code: _Optional[str] = ..., slots: _Optional[int] = ..., volume_mm3: _Optional[int] = ..., weight_g: _Optional[int] = ..., active: _Optional[bool] = ...) -> None: ...

class PutCartReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "cart")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CART_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    cart: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., cart: _Optional[int] = ...) -> None: ...

class PutWaveRequest(_message.Message):
    __slots__ = ("key", "code", "cutoff_us")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CUTOFF_US_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    code: str
    cutoff_us: int
    def __init__(self, key: _Optional[bytes] = ..., code: _Optional[str] = ..., cutoff_us: _Optional[int] = ...) -> None: ...

class PutWaveReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "wave")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    WAVE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    wave: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., wave: _Optional[int] = ...) -> None: ...

class PutLoadRequest(_message.Message):
    __slots__ = ("key", "code", "appointment_us", "departure_us")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    APPOINTMENT_US_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_US_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    code: str
    appointment_us: int
    departure_us: int
    def __init__(self, key: _Optional[bytes] = ..., code: _Optional[str] = ..., appointment_us: _Optional[int] = ..., departure_us: _Optional[int] = ...) -> None: ...

class PutLoadReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "load")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    load: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., load: _Optional[int] = ...) -> None: ...

class OpenBatchRequest(_message.Message):
    __slots__ = ("key", "wave", "zone", "priority", "due_us")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WAVE_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    DUE_US_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    wave: str
    zone: str
    priority: int
    due_us: int
    def __init__(self, key: _Optional[bytes] = ..., wave: _Optional[str] = ..., zone: _Optional[str] = ..., priority: _Optional[int] = ..., due_us: _Optional[int] = ...) -> None: ...

class OpenBatchReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "batch")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    batch: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., batch: _Optional[int] = ...) -> None: ...

class AddPickRequest(_message.Message):
    __slots__ = ("key", "batch", "order", "allocation", "stock", "units", "slot", "tour_position")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    TOUR_POSITION_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    batch: int
    order: int
    allocation: int
    stock: int
    units: int
    slot: int
    tour_position: int
    def __init__(self, key: _Optional[bytes] = ..., batch: _Optional[int] = ..., order: _Optional[int] = ..., allocation: _Optional[int] = ..., stock: _Optional[int] = ..., units: _Optional[int] = ..., slot: _Optional[int] = ..., tour_position: _Optional[int] = ...) -> None: ...

class AddPickReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "task", "allocation_bound")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_BOUND_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    task: int
    allocation_bound: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., task: _Optional[int] = ..., allocation_bound: _Optional[int] = ...) -> None: ...

class AddMoveRequest(_message.Message):
    __slots__ = ("key", "batch", "stock", "units", "location", "tour_position")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    TOUR_POSITION_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    batch: int
    stock: int
    units: int
    location: str
    tour_position: int
    def __init__(self, key: _Optional[bytes] = ..., batch: _Optional[int] = ..., stock: _Optional[int] = ..., units: _Optional[int] = ..., location: _Optional[str] = ..., tour_position: _Optional[int] = ...) -> None: ...

class AddMoveReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "task")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    task: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., task: _Optional[int] = ...) -> None: ...

class ReleaseBatchRequest(_message.Message):
    __slots__ = ("key", "batch")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    batch: int
    def __init__(self, key: _Optional[bytes] = ..., batch: _Optional[int] = ...) -> None: ...

class ReleaseBatchReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ...) -> None: ...

class CancelBatchRequest(_message.Message):
    __slots__ = ("key", "batch")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    batch: int
    def __init__(self, key: _Optional[bytes] = ..., batch: _Optional[int] = ...) -> None: ...

class CancelBatchReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "dropped_tasks")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DROPPED_TASKS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    dropped_tasks: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., dropped_tasks: _Optional[int] = ...) -> None: ...

class ClaimBatchRequest(_message.Message):
    __slots__ = ("key", "worker", "batch", "zone", "cart", "lease_us")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    CART_FIELD_NUMBER: _ClassVar[int]
    LEASE_US_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    worker: str
    batch: int
    zone: str
    cart: str
    lease_us: int
    def __init__(self, key: _Optional[bytes] = ..., worker: _Optional[str] = ..., batch: _Optional[int] = ..., zone: _Optional[str] = ..., cart: _Optional[str] = ..., lease_us: _Optional[int] = ...) -> None: ...

class ClaimBatchReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "batch_claimed", "lease_until_us")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    BATCH_CLAIMED_FIELD_NUMBER: _ClassVar[int]
    LEASE_UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    batch_claimed: int
    lease_until_us: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., batch_claimed: _Optional[int] = ..., lease_until_us: _Optional[int] = ...) -> None: ...

class AssignToteRequest(_message.Message):
    __slots__ = ("key", "worker", "batch", "slot", "handling_unit")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    worker: str
    batch: int
    slot: int
    handling_unit: str
    def __init__(self, key: _Optional[bytes] = ..., worker: _Optional[str] = ..., batch: _Optional[int] = ..., slot: _Optional[int] = ..., handling_unit: _Optional[str] = ...) -> None: ...

class AssignToteReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ...) -> None: ...

class ConfirmTaskRequest(_message.Message):
    __slots__ = ("key", "worker", "task", "units", "handling_unit")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    worker: str
    task: int
    units: int
    handling_unit: str
    def __init__(self, key: _Optional[bytes] = ..., worker: _Optional[str] = ..., task: _Optional[int] = ..., units: _Optional[int] = ..., handling_unit: _Optional[str] = ...) -> None: ...

class ConfirmTaskReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "batch", "order", "stock", "left_units", "allocation", "location")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    LEFT_UNITS_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    batch: int
    order: int
    stock: int
    left_units: int
    allocation: int
    location: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., batch: _Optional[int] = ..., order: _Optional[int] = ..., stock: _Optional[int] = ..., left_units: _Optional[int] = ..., allocation: _Optional[int] = ..., location: _Optional[int] = ...) -> None: ...

class ShortTaskRequest(_message.Message):
    __slots__ = ("key", "worker", "task", "found_units", "handling_unit", "reason")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    FOUND_UNITS_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    worker: str
    task: int
    found_units: int
    handling_unit: str
    reason: str
    def __init__(self, key: _Optional[bytes] = ..., worker: _Optional[str] = ..., task: _Optional[int] = ..., found_units: _Optional[int] = ..., handling_unit: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ShortTaskReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "batch", "order", "rebound_units", "short_units", "added_tasks", "first_task", "allocation")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    REBOUND_UNITS_FIELD_NUMBER: _ClassVar[int]
    SHORT_UNITS_FIELD_NUMBER: _ClassVar[int]
    ADDED_TASKS_FIELD_NUMBER: _ClassVar[int]
    FIRST_TASK_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    batch: int
    order: int
    rebound_units: int
    short_units: int
    added_tasks: int
    first_task: int
    allocation: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., batch: _Optional[int] = ..., order: _Optional[int] = ..., rebound_units: _Optional[int] = ..., short_units: _Optional[int] = ..., added_tasks: _Optional[int] = ..., first_task: _Optional[int] = ..., allocation: _Optional[int] = ...) -> None: ...

class DropTaskRequest(_message.Message):
    __slots__ = ("key", "task")
    KEY_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    task: int
    def __init__(self, key: _Optional[bytes] = ..., task: _Optional[int] = ...) -> None: ...

class DropTaskReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "batch")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    batch: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., batch: _Optional[int] = ...) -> None: ...

class RouteTaskRequest(_message.Message):
    __slots__ = ("key", "task", "tour_position")
    KEY_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    TOUR_POSITION_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    task: int
    tour_position: int
    def __init__(self, key: _Optional[bytes] = ..., task: _Optional[int] = ..., tour_position: _Optional[int] = ...) -> None: ...

class RouteTaskReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "batch")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    batch: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., batch: _Optional[int] = ...) -> None: ...

class PauseBatchRequest(_message.Message):
    __slots__ = ("key", "worker", "batch")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    worker: str
    batch: int
    def __init__(self, key: _Optional[bytes] = ..., worker: _Optional[str] = ..., batch: _Optional[int] = ...) -> None: ...

class PauseBatchReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ...) -> None: ...

class ResumeBatchRequest(_message.Message):
    __slots__ = ("key", "worker", "batch")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    worker: str
    batch: int
    def __init__(self, key: _Optional[bytes] = ..., worker: _Optional[str] = ..., batch: _Optional[int] = ...) -> None: ...

class ResumeBatchReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "lease_until_us")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LEASE_UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    lease_until_us: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., lease_until_us: _Optional[int] = ...) -> None: ...

class DropBatchRequest(_message.Message):
    __slots__ = ("key", "worker", "batch")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    worker: str
    batch: int
    def __init__(self, key: _Optional[bytes] = ..., worker: _Optional[str] = ..., batch: _Optional[int] = ...) -> None: ...

class DropBatchReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ...) -> None: ...

class ReassignBatchRequest(_message.Message):
    __slots__ = ("key", "batch", "worker")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    batch: int
    worker: str
    def __init__(self, key: _Optional[bytes] = ..., batch: _Optional[int] = ..., worker: _Optional[str] = ...) -> None: ...

class ReassignBatchReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "lease_until_us")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LEASE_UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    lease_until_us: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., lease_until_us: _Optional[int] = ...) -> None: ...

class DeliverBatchRequest(_message.Message):
    __slots__ = ("key", "worker", "batch", "location")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    worker: str
    batch: int
    location: str
    def __init__(self, key: _Optional[bytes] = ..., worker: _Optional[str] = ..., batch: _Optional[int] = ..., location: _Optional[str] = ...) -> None: ...

class DeliverBatchReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "totes")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    TOTES_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    totes: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., totes: _Optional[int] = ...) -> None: ...

class SortPickRequest(_message.Message):
    __slots__ = ("key", "order", "allocation", "handling_unit")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    order: int
    allocation: int
    handling_unit: str
    def __init__(self, key: _Optional[bytes] = ..., order: _Optional[int] = ..., allocation: _Optional[int] = ..., handling_unit: _Optional[str] = ...) -> None: ...

class SortPickReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "stock")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    stock: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., stock: _Optional[int] = ...) -> None: ...

class ConsolidateRequest(_message.Message):
    __slots__ = ("key", "handling_unit", "into")
    KEY_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    INTO_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    handling_unit: str
    into: str
    def __init__(self, key: _Optional[bytes] = ..., handling_unit: _Optional[str] = ..., into: _Optional[str] = ...) -> None: ...

class ConsolidateReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "moved_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    MOVED_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    moved_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., moved_units: _Optional[int] = ...) -> None: ...

class StageRequest(_message.Message):
    __slots__ = ("key", "handling_unit", "location")
    KEY_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    handling_unit: str
    location: str
    def __init__(self, key: _Optional[bytes] = ..., handling_unit: _Optional[str] = ..., location: _Optional[str] = ...) -> None: ...

class StageReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ...) -> None: ...

class DockLoadRequest(_message.Message):
    __slots__ = ("key", "load", "location")
    KEY_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    load: str
    location: str
    def __init__(self, key: _Optional[bytes] = ..., load: _Optional[str] = ..., location: _Optional[str] = ...) -> None: ...

class DockLoadReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ...) -> None: ...

class LoadUnitRequest(_message.Message):
    __slots__ = ("key", "handling_unit", "load")
    KEY_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    handling_unit: str
    load: str
    def __init__(self, key: _Optional[bytes] = ..., handling_unit: _Optional[str] = ..., load: _Optional[str] = ...) -> None: ...

class LoadUnitReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ...) -> None: ...

class UnloadUnitRequest(_message.Message):
    __slots__ = ("key", "handling_unit", "location")
    KEY_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    handling_unit: str
    location: str
    def __init__(self, key: _Optional[bytes] = ..., handling_unit: _Optional[str] = ..., location: _Optional[str] = ...) -> None: ...

class UnloadUnitReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ...) -> None: ...

class DepartRequest(_message.Message):
    __slots__ = ("key", "load", "seal")
    KEY_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    key: bytes
    load: str
    seal: str
    def __init__(self, key: _Optional[bytes] = ..., load: _Optional[str] = ..., seal: _Optional[str] = ...) -> None: ...

class DepartReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "orders", "shipped_units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    SHIPPED_UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: Outcome
    orders: int
    shipped_units: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., orders: _Optional[int] = ..., shipped_units: _Optional[int] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("code", "name", "message", "retry_after_us")
    CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_US_FIELD_NUMBER: _ClassVar[int]
    code: int
    name: str
    message: str
    retry_after_us: int
    def __init__(self, code: _Optional[int] = ..., name: _Optional[str] = ..., message: _Optional[str] = ..., retry_after_us: _Optional[int] = ...) -> None: ...

class Columns(_message.Message):
    __slots__ = ("kind", "key", "catalogue_epoch", "count", "line_count", "columns", "lines", "joined")
    KIND_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_EPOCH_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    LINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    JOINED_FIELD_NUMBER: _ClassVar[int]
    kind: int
    key: bytes
    catalogue_epoch: int
    count: int
    line_count: int
    columns: _containers.RepeatedScalarFieldContainer[bytes]
    lines: _containers.RepeatedScalarFieldContainer[bytes]
    joined: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, kind: _Optional[int] = ..., key: _Optional[bytes] = ..., catalogue_epoch: _Optional[int] = ..., count: _Optional[int] = ..., line_count: _Optional[int] = ..., columns: _Optional[_Iterable[bytes]] = ..., lines: _Optional[_Iterable[bytes]] = ..., joined: _Optional[_Iterable[bytes]] = ...) -> None: ...

class BulkReply(_message.Message):
    __slots__ = ("sequence", "time_us", "outcome", "line_outcome", "failure", "joined")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LINE_OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    JOINED_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    outcome: _containers.RepeatedScalarFieldContainer[bytes]
    line_outcome: _containers.RepeatedScalarFieldContainer[bytes]
    failure: Failure
    joined: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., outcome: _Optional[_Iterable[bytes]] = ..., line_outcome: _Optional[_Iterable[bytes]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., joined: _Optional[_Iterable[bytes]] = ...) -> None: ...

class AtpColumns(_message.Message):
    __slots__ = ("catalogue_epoch", "item", "owner", "bounds_us")
    CATALOGUE_EPOCH_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_US_FIELD_NUMBER: _ClassVar[int]
    catalogue_epoch: int
    item: bytes
    owner: bytes
    bounds_us: bytes
    def __init__(self, catalogue_epoch: _Optional[int] = ..., item: _Optional[bytes] = ..., owner: _Optional[bytes] = ..., bounds_us: _Optional[bytes] = ...) -> None: ...

class AtpColumnsReply(_message.Message):
    __slots__ = ("sequence", "time_us", "units", "failure")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    units: bytes
    failure: Failure
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., units: _Optional[bytes] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ...) -> None: ...

class AtpRequest(_message.Message):
    __slots__ = ("client", "owner", "items", "bounds_us")
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_US_FIELD_NUMBER: _ClassVar[int]
    client: str
    owner: str
    items: _containers.RepeatedScalarFieldContainer[str]
    bounds_us: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, client: _Optional[str] = ..., owner: _Optional[str] = ..., items: _Optional[_Iterable[str]] = ..., bounds_us: _Optional[_Iterable[int]] = ...) -> None: ...

class AtpReply(_message.Message):
    __slots__ = ("sequence", "time_us", "items", "bounds_us", "units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_US_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    items: _containers.RepeatedScalarFieldContainer[str]
    bounds_us: _containers.RepeatedScalarFieldContainer[int]
    units: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., items: _Optional[_Iterable[str]] = ..., bounds_us: _Optional[_Iterable[int]] = ..., units: _Optional[_Iterable[int]] = ...) -> None: ...

class GetStockRequest(_message.Message):
    __slots__ = ("stock", "client", "item", "location", "handling_unit", "first_row")
    STOCK_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    FIRST_ROW_FIELD_NUMBER: _ClassVar[int]
    stock: int
    client: str
    item: str
    location: str
    handling_unit: str
    first_row: int
    def __init__(self, stock: _Optional[int] = ..., client: _Optional[str] = ..., item: _Optional[str] = ..., location: _Optional[str] = ..., handling_unit: _Optional[str] = ..., first_row: _Optional[int] = ...) -> None: ...

class StockRow(_message.Message):
    __slots__ = ("stock", "client", "item", "owner", "status", "lot", "pack_level", "location", "handling_unit", "receipt", "on_hand_units", "allocated_units", "expiry_day", "received_us")
    STOCK_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    LOT_FIELD_NUMBER: _ClassVar[int]
    PACK_LEVEL_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    ON_HAND_UNITS_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_UNITS_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_DAY_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_US_FIELD_NUMBER: _ClassVar[int]
    stock: int
    client: str
    item: str
    owner: str
    status: StockStatus
    lot: str
    pack_level: int
    location: str
    handling_unit: str
    receipt: int
    on_hand_units: int
    allocated_units: int
    expiry_day: int
    received_us: int
    def __init__(self, stock: _Optional[int] = ..., client: _Optional[str] = ..., item: _Optional[str] = ..., owner: _Optional[str] = ..., status: _Optional[_Union[StockStatus, str]] = ..., lot: _Optional[str] = ..., pack_level: _Optional[int] = ..., location: _Optional[str] = ..., handling_unit: _Optional[str] = ..., receipt: _Optional[int] = ..., on_hand_units: _Optional[int] = ..., allocated_units: _Optional[int] = ..., expiry_day: _Optional[int] = ..., received_us: _Optional[int] = ...) -> None: ...

class GetStockReply(_message.Message):
    __slots__ = ("sequence", "time_us", "rows", "next_row")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    NEXT_ROW_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    rows: _containers.RepeatedCompositeFieldContainer[StockRow]
    next_row: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., rows: _Optional[_Iterable[_Union[StockRow, _Mapping]]] = ..., next_row: _Optional[int] = ...) -> None: ...

class GetOrderRequest(_message.Message):
    __slots__ = ("order", "channel", "code")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    order: int
    channel: str
    code: str
    def __init__(self, order: _Optional[int] = ..., channel: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class OrderAllocation(_message.Message):
    __slots__ = ("allocation", "state", "units", "stock", "location", "handling_unit", "lot", "wave")
    ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    LOT_FIELD_NUMBER: _ClassVar[int]
    WAVE_FIELD_NUMBER: _ClassVar[int]
    allocation: int
    state: AllocationState
    units: int
    stock: int
    location: str
    handling_unit: str
    lot: str
    wave: int
    def __init__(self, allocation: _Optional[int] = ..., state: _Optional[_Union[AllocationState, str]] = ..., units: _Optional[int] = ..., stock: _Optional[int] = ..., location: _Optional[str] = ..., handling_unit: _Optional[str] = ..., lot: _Optional[str] = ..., wave: _Optional[int] = ...) -> None: ...

class OrderLine(_message.Message):
    __slots__ = ("client", "item", "ordered_units", "allocated_units", "shipped_units", "cancelled_units", "allocations")
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    ORDERED_UNITS_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_UNITS_FIELD_NUMBER: _ClassVar[int]
    SHIPPED_UNITS_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_UNITS_FIELD_NUMBER: _ClassVar[int]
    ALLOCATIONS_FIELD_NUMBER: _ClassVar[int]
    client: str
    item: str
    ordered_units: int
    allocated_units: int
    shipped_units: int
    cancelled_units: int
    allocations: _containers.RepeatedCompositeFieldContainer[OrderAllocation]
    def __init__(self, client: _Optional[str] = ..., item: _Optional[str] = ..., ordered_units: _Optional[int] = ..., allocated_units: _Optional[int] = ..., shipped_units: _Optional[int] = ..., cancelled_units: _Optional[int] = ..., allocations: _Optional[_Iterable[_Union[OrderAllocation, _Mapping]]] = ...) -> None: ...

class GetOrderReply(_message.Message):
    __slots__ = ("sequence", "time_us", "order", "reference", "channel", "owner", "code", "priority", "policy", "state", "min_life_days", "departure_us", "lines")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    MIN_LIFE_DAYS_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_US_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    order: int
    reference: int
    channel: str
    owner: str
    code: str
    priority: int
    policy: Policy
    state: OrderState
    min_life_days: int
    departure_us: int
    lines: _containers.RepeatedCompositeFieldContainer[OrderLine]
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., order: _Optional[int] = ..., reference: _Optional[int] = ..., channel: _Optional[str] = ..., owner: _Optional[str] = ..., code: _Optional[str] = ..., priority: _Optional[int] = ..., policy: _Optional[_Union[Policy, str]] = ..., state: _Optional[_Union[OrderState, str]] = ..., min_life_days: _Optional[int] = ..., departure_us: _Optional[int] = ..., lines: _Optional[_Iterable[_Union[OrderLine, _Mapping]]] = ...) -> None: ...

class GetPromiseRequest(_message.Message):
    __slots__ = ("promise",)
    PROMISE_FIELD_NUMBER: _ClassVar[int]
    promise: int
    def __init__(self, promise: _Optional[int] = ...) -> None: ...

class GetPromiseReply(_message.Message):
    __slots__ = ("sequence", "time_us", "promise", "client", "item", "owner", "channel", "units", "state", "expires_us", "due_us")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    PROMISE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_US_FIELD_NUMBER: _ClassVar[int]
    DUE_US_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    promise: int
    client: str
    item: str
    owner: str
    channel: str
    units: int
    state: PromiseState
    expires_us: int
    due_us: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., promise: _Optional[int] = ..., client: _Optional[str] = ..., item: _Optional[str] = ..., owner: _Optional[str] = ..., channel: _Optional[str] = ..., units: _Optional[int] = ..., state: _Optional[_Union[PromiseState, str]] = ..., expires_us: _Optional[int] = ..., due_us: _Optional[int] = ...) -> None: ...

class ResolveRequest(_message.Message):
    __slots__ = ("table", "codes", "kind", "client", "owner", "items", "numbers")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_FIELD_NUMBER: _ClassVar[int]
    table: str
    codes: _containers.RepeatedScalarFieldContainer[str]
    kind: NameKind
    client: str
    owner: str
    items: _containers.RepeatedScalarFieldContainer[str]
    numbers: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, table: _Optional[str] = ..., codes: _Optional[_Iterable[str]] = ..., kind: _Optional[_Union[NameKind, str]] = ..., client: _Optional[str] = ..., owner: _Optional[str] = ..., items: _Optional[_Iterable[str]] = ..., numbers: _Optional[_Iterable[int]] = ...) -> None: ...

class ResolveReply(_message.Message):
    __slots__ = ("sequence", "catalogue_epoch", "refs")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_EPOCH_FIELD_NUMBER: _ClassVar[int]
    REFS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    catalogue_epoch: int
    refs: bytes
    def __init__(self, sequence: _Optional[int] = ..., catalogue_epoch: _Optional[int] = ..., refs: _Optional[bytes] = ...) -> None: ...

class ExportRequest(_message.Message):
    __slots__ = ("table", "first_row", "row_count_max")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    FIRST_ROW_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_MAX_FIELD_NUMBER: _ClassVar[int]
    table: str
    first_row: int
    row_count_max: int
    def __init__(self, table: _Optional[str] = ..., first_row: _Optional[int] = ..., row_count_max: _Optional[int] = ...) -> None: ...

class ExportColumn(_message.Message):
    __slots__ = ("name", "dtype", "values")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DTYPE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    dtype: str
    values: bytes
    def __init__(self, name: _Optional[str] = ..., dtype: _Optional[str] = ..., values: _Optional[bytes] = ...) -> None: ...

class ExportReply(_message.Message):
    __slots__ = ("sequence", "time_us", "first_row", "row_count", "rows_used", "columns")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    FIRST_ROW_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    ROWS_USED_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    first_row: int
    row_count: int
    rows_used: int
    columns: _containers.RepeatedCompositeFieldContainer[ExportColumn]
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., first_row: _Optional[int] = ..., row_count: _Optional[int] = ..., rows_used: _Optional[int] = ..., columns: _Optional[_Iterable[_Union[ExportColumn, _Mapping]]] = ...) -> None: ...

class StatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TableStatus(_message.Message):
    __slots__ = ("table", "rows_used", "capacity")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    ROWS_USED_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    table: str
    rows_used: int
    capacity: int
    def __init__(self, table: _Optional[str] = ..., rows_used: _Optional[int] = ..., capacity: _Optional[int] = ...) -> None: ...

class StatusReply(_message.Message):
    __slots__ = ("sequence", "time_us", "catalogue_epoch", "version", "low_disk", "tables")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_EPOCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LOW_DISK_FIELD_NUMBER: _ClassVar[int]
    TABLES_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    catalogue_epoch: int
    version: str
    low_disk: bool
    tables: _containers.RepeatedCompositeFieldContainer[TableStatus]
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., catalogue_epoch: _Optional[int] = ..., version: _Optional[str] = ..., low_disk: _Optional[bool] = ..., tables: _Optional[_Iterable[_Union[TableStatus, _Mapping]]] = ...) -> None: ...

class EffectsRequest(_message.Message):
    __slots__ = ("endpoint", "kinds", "after_sequence", "follow")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    endpoint: str
    kinds: _containers.RepeatedScalarFieldContainer[EffectKind]
    after_sequence: int
    follow: bool
    def __init__(self, endpoint: _Optional[str] = ..., kinds: _Optional[_Iterable[_Union[EffectKind, str]]] = ..., after_sequence: _Optional[int] = ..., follow: _Optional[bool] = ...) -> None: ...

class EffectValue(_message.Message):
    __slots__ = ("name", "number", "text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    number: int
    text: str
    def __init__(self, name: _Optional[str] = ..., number: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class EffectLine(_message.Message):
    __slots__ = ("client", "item", "units", "allocated_units", "promise")
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_UNITS_FIELD_NUMBER: _ClassVar[int]
    PROMISE_FIELD_NUMBER: _ClassVar[int]
    client: str
    item: str
    units: int
    allocated_units: int
    promise: int
    def __init__(self, client: _Optional[str] = ..., item: _Optional[str] = ..., units: _Optional[int] = ..., allocated_units: _Optional[int] = ..., promise: _Optional[int] = ...) -> None: ...

class Effect(_message.Message):
    __slots__ = ("sequence", "time_us", "kind", "entity_kind", "entity", "scope", "code", "outcome", "tenant", "actor", "values", "results", "lines")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ENTITY_KIND_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    kind: EffectKind
    entity_kind: EntityKind
    entity: int
    scope: str
    code: str
    outcome: Outcome
    tenant: str
    actor: str
    values: _containers.RepeatedCompositeFieldContainer[EffectValue]
    results: _containers.RepeatedCompositeFieldContainer[EffectValue]
    lines: _containers.RepeatedCompositeFieldContainer[EffectLine]
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., kind: _Optional[_Union[EffectKind, str]] = ..., entity_kind: _Optional[_Union[EntityKind, str]] = ..., entity: _Optional[int] = ..., scope: _Optional[str] = ..., code: _Optional[str] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., tenant: _Optional[str] = ..., actor: _Optional[str] = ..., values: _Optional[_Iterable[_Union[EffectValue, _Mapping]]] = ..., results: _Optional[_Iterable[_Union[EffectValue, _Mapping]]] = ..., lines: _Optional[_Iterable[_Union[EffectLine, _Mapping]]] = ...) -> None: ...

class EffectsReply(_message.Message):
    __slots__ = ("sequence", "effects", "replays")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    REPLAYS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    effects: _containers.RepeatedCompositeFieldContainer[Effect]
    replays: _containers.RepeatedCompositeFieldContainer[DeadLetter]
    def __init__(self, sequence: _Optional[int] = ..., effects: _Optional[_Iterable[_Union[Effect, _Mapping]]] = ..., replays: _Optional[_Iterable[_Union[DeadLetter, _Mapping]]] = ...) -> None: ...

class AckEffectsRequest(_message.Message):
    __slots__ = ("endpoint", "sequence")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    endpoint: str
    sequence: int
    def __init__(self, endpoint: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class AckEffectsReply(_message.Message):
    __slots__ = ("sequence",)
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    def __init__(self, sequence: _Optional[int] = ...) -> None: ...

class ParkEffectRequest(_message.Message):
    __slots__ = ("endpoint", "effect", "error", "attempts", "held")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    endpoint: str
    effect: Effect
    error: str
    attempts: int
    held: bool
    def __init__(self, endpoint: _Optional[str] = ..., effect: _Optional[_Union[Effect, _Mapping]] = ..., error: _Optional[str] = ..., attempts: _Optional[int] = ..., held: _Optional[bool] = ...) -> None: ...

class ParkEffectReply(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: int
    def __init__(self, letter: _Optional[int] = ...) -> None: ...

class ListEndpointsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EndpointStatus(_message.Message):
    __slots__ = ("endpoint", "sequence", "acknowledged_us", "dead_letters")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_US_FIELD_NUMBER: _ClassVar[int]
    DEAD_LETTERS_FIELD_NUMBER: _ClassVar[int]
    endpoint: str
    sequence: int
    acknowledged_us: int
    dead_letters: int
    def __init__(self, endpoint: _Optional[str] = ..., sequence: _Optional[int] = ..., acknowledged_us: _Optional[int] = ..., dead_letters: _Optional[int] = ...) -> None: ...

class ListEndpointsReply(_message.Message):
    __slots__ = ("sequence", "endpoints")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ENDPOINTS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    endpoints: _containers.RepeatedCompositeFieldContainer[EndpointStatus]
    def __init__(self, sequence: _Optional[int] = ..., endpoints: _Optional[_Iterable[_Union[EndpointStatus, _Mapping]]] = ...) -> None: ...

class DeadLetter(_message.Message):
    __slots__ = ("letter", "endpoint", "state", "error", "attempts", "replays", "parked_us", "effect")
    LETTER_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    REPLAYS_FIELD_NUMBER: _ClassVar[int]
    PARKED_US_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    letter: int
    endpoint: str
    state: LetterState
    error: str
    attempts: int
    replays: int
    parked_us: int
    effect: Effect
    def __init__(self, letter: _Optional[int] = ..., endpoint: _Optional[str] = ..., state: _Optional[_Union[LetterState, str]] = ..., error: _Optional[str] = ..., attempts: _Optional[int] = ..., replays: _Optional[int] = ..., parked_us: _Optional[int] = ..., effect: _Optional[_Union[Effect, _Mapping]] = ...) -> None: ...

class ListDeadLettersRequest(_message.Message):
    __slots__ = ("endpoint", "after_letter")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    AFTER_LETTER_FIELD_NUMBER: _ClassVar[int]
    endpoint: str
    after_letter: int
    def __init__(self, endpoint: _Optional[str] = ..., after_letter: _Optional[int] = ...) -> None: ...

class ListDeadLettersReply(_message.Message):
    __slots__ = ("letters", "more")
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    letters: _containers.RepeatedCompositeFieldContainer[DeadLetter]
    more: bool
    def __init__(self, letters: _Optional[_Iterable[_Union[DeadLetter, _Mapping]]] = ..., more: _Optional[bool] = ...) -> None: ...

class EditDeadLetterRequest(_message.Message):
    __slots__ = ("letter", "values")
    LETTER_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    letter: int
    values: _containers.RepeatedCompositeFieldContainer[EffectValue]
    def __init__(self, letter: _Optional[int] = ..., values: _Optional[_Iterable[_Union[EffectValue, _Mapping]]] = ...) -> None: ...

class EditDeadLetterReply(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: DeadLetter
    def __init__(self, letter: _Optional[_Union[DeadLetter, _Mapping]] = ...) -> None: ...

class ReplayDeadLetterRequest(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: int
    def __init__(self, letter: _Optional[int] = ...) -> None: ...

class ReplayDeadLetterReply(_message.Message):
    __slots__ = ("letters",)
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    letters: int
    def __init__(self, letters: _Optional[int] = ...) -> None: ...

class ResolveDeadLetterRequest(_message.Message):
    __slots__ = ("letter",)
    LETTER_FIELD_NUMBER: _ClassVar[int]
    letter: int
    def __init__(self, letter: _Optional[int] = ...) -> None: ...

class ResolveDeadLetterReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class BatchInfo(_message.Message):
    __slots__ = ("batch", "wave", "zone", "priority", "due_us", "state", "worker", "cart", "lease_us", "lease_until_us", "live_tasks")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    WAVE_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    DUE_US_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    CART_FIELD_NUMBER: _ClassVar[int]
    LEASE_US_FIELD_NUMBER: _ClassVar[int]
    LEASE_UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    LIVE_TASKS_FIELD_NUMBER: _ClassVar[int]
    batch: int
    wave: str
    zone: str
    priority: int
    due_us: int
    state: BatchState
    worker: str
    cart: str
    lease_us: int
    lease_until_us: int
    live_tasks: int
    def __init__(self, batch: _Optional[int] = ..., wave: _Optional[str] = ..., zone: _Optional[str] = ..., priority: _Optional[int] = ..., due_us: _Optional[int] = ..., state: _Optional[_Union[BatchState, str]] = ..., worker: _Optional[str] = ..., cart: _Optional[str] = ..., lease_us: _Optional[int] = ..., lease_until_us: _Optional[int] = ..., live_tasks: _Optional[int] = ...) -> None: ...

class TaskInfo(_message.Message):
    __slots__ = ("task", "kind", "state", "tour_position", "slot", "units", "done_units", "order", "channel", "order_code", "allocation", "stock", "client", "item", "lot", "location", "handling_unit", "tote", "to_location")
    TASK_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TOUR_POSITION_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    DONE_UNITS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ORDER_CODE_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    STOCK_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    LOT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    TOTE_FIELD_NUMBER: _ClassVar[int]
    TO_LOCATION_FIELD_NUMBER: _ClassVar[int]
    task: int
    kind: TaskKind
    state: TaskState
    tour_position: int
    slot: int
    units: int
    done_units: int
    order: int
    channel: str
    order_code: str
    allocation: int
    stock: int
    client: str
    item: str
    lot: str
    location: str
    handling_unit: str
    tote: str
    to_location: str
    def __init__(self, task: _Optional[int] = ..., kind: _Optional[_Union[TaskKind, str]] = ..., state: _Optional[_Union[TaskState, str]] = ..., tour_position: _Optional[int] = ..., slot: _Optional[int] = ..., units: _Optional[int] = ..., done_units: _Optional[int] = ..., order: _Optional[int] = ..., channel: _Optional[str] = ..., order_code: _Optional[str] = ..., allocation: _Optional[int] = ..., stock: _Optional[int] = ..., client: _Optional[str] = ..., item: _Optional[str] = ..., lot: _Optional[str] = ..., location: _Optional[str] = ..., handling_unit: _Optional[str] = ..., tote: _Optional[str] = ..., to_location: _Optional[str] = ...) -> None: ...

class ToteInfo(_message.Message):
    __slots__ = ("handling_unit", "slot", "current", "state")
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    handling_unit: str
    slot: int
    current: bool
    state: HandlingUnitState
    def __init__(self, handling_unit: _Optional[str] = ..., slot: _Optional[int] = ..., current: _Optional[bool] = ..., state: _Optional[_Union[HandlingUnitState, str]] = ...) -> None: ...

class GetBatchRequest(_message.Message):
    __slots__ = ("batch", "with_ended")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    WITH_ENDED_FIELD_NUMBER: _ClassVar[int]
    batch: int
    with_ended: bool
    def __init__(self, batch: _Optional[int] = ..., with_ended: _Optional[bool] = ...) -> None: ...

class GetBatchReply(_message.Message):
    __slots__ = ("sequence", "time_us", "batch", "tasks", "totes")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    TOTES_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    batch: BatchInfo
    tasks: _containers.RepeatedCompositeFieldContainer[TaskInfo]
    totes: _containers.RepeatedCompositeFieldContainer[ToteInfo]
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., batch: _Optional[_Union[BatchInfo, _Mapping]] = ..., tasks: _Optional[_Iterable[_Union[TaskInfo, _Mapping]]] = ..., totes: _Optional[_Iterable[_Union[ToteInfo, _Mapping]]] = ...) -> None: ...

class ListBatchesRequest(_message.Message):
    __slots__ = ("states", "wave", "zone", "worker", "first_batch")
    STATES_FIELD_NUMBER: _ClassVar[int]
    WAVE_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    FIRST_BATCH_FIELD_NUMBER: _ClassVar[int]
    states: _containers.RepeatedScalarFieldContainer[BatchState]
    wave: str
    zone: str
    worker: str
    first_batch: int
    def __init__(self, states: _Optional[_Iterable[_Union[BatchState, str]]] = ..., wave: _Optional[str] = ..., zone: _Optional[str] = ..., worker: _Optional[str] = ..., first_batch: _Optional[int] = ...) -> None: ...

class ListBatchesReply(_message.Message):
    __slots__ = ("sequence", "time_us", "batches", "next_batch")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    NEXT_BATCH_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    batches: _containers.RepeatedCompositeFieldContainer[BatchInfo]
    next_batch: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., batches: _Optional[_Iterable[_Union[BatchInfo, _Mapping]]] = ..., next_batch: _Optional[int] = ...) -> None: ...

class LoadInfo(_message.Message):
    __slots__ = ("code", "appointment_us", "departure_us", "door", "seal", "state", "loaded_units")
    CODE_FIELD_NUMBER: _ClassVar[int]
    APPOINTMENT_US_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_US_FIELD_NUMBER: _ClassVar[int]
    DOOR_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LOADED_UNITS_FIELD_NUMBER: _ClassVar[int]
    code: str
    appointment_us: int
    departure_us: int
    door: str
    seal: str
    state: LoadState
    loaded_units: int
    def __init__(self, code: _Optional[str] = ..., appointment_us: _Optional[int] = ..., departure_us: _Optional[int] = ..., door: _Optional[str] = ..., seal: _Optional[str] = ..., state: _Optional[_Union[LoadState, str]] = ..., loaded_units: _Optional[int] = ...) -> None: ...

class UnitOnLoad(_message.Message):
    __slots__ = ("handling_unit", "kind", "state", "parent", "orders")
    HANDLING_UNIT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    handling_unit: str
    kind: HandlingUnitKind
    state: HandlingUnitState
    parent: str
    orders: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, handling_unit: _Optional[str] = ..., kind: _Optional[_Union[HandlingUnitKind, str]] = ..., state: _Optional[_Union[HandlingUnitState, str]] = ..., parent: _Optional[str] = ..., orders: _Optional[_Iterable[int]] = ...) -> None: ...

class GetLoadRequest(_message.Message):
    __slots__ = ("load",)
    LOAD_FIELD_NUMBER: _ClassVar[int]
    load: str
    def __init__(self, load: _Optional[str] = ...) -> None: ...

class GetLoadReply(_message.Message):
    __slots__ = ("sequence", "time_us", "load", "units")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    load: LoadInfo
    units: _containers.RepeatedCompositeFieldContainer[UnitOnLoad]
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., load: _Optional[_Union[LoadInfo, _Mapping]] = ..., units: _Optional[_Iterable[_Union[UnitOnLoad, _Mapping]]] = ...) -> None: ...

class ListLoadsRequest(_message.Message):
    __slots__ = ("states", "departure_up_to_us", "first_row")
    STATES_FIELD_NUMBER: _ClassVar[int]
    DEPARTURE_UP_TO_US_FIELD_NUMBER: _ClassVar[int]
    FIRST_ROW_FIELD_NUMBER: _ClassVar[int]
    states: _containers.RepeatedScalarFieldContainer[LoadState]
    departure_up_to_us: int
    first_row: int
    def __init__(self, states: _Optional[_Iterable[_Union[LoadState, str]]] = ..., departure_up_to_us: _Optional[int] = ..., first_row: _Optional[int] = ...) -> None: ...

class ListLoadsReply(_message.Message):
    __slots__ = ("sequence", "time_us", "loads", "next_row")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    LOADS_FIELD_NUMBER: _ClassVar[int]
    NEXT_ROW_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    loads: _containers.RepeatedCompositeFieldContainer[LoadInfo]
    next_row: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., loads: _Optional[_Iterable[_Union[LoadInfo, _Mapping]]] = ..., next_row: _Optional[int] = ...) -> None: ...

class ListReleasableRequest(_message.Message):
    __slots__ = ("departure_up_to_us", "zone", "first_allocation", "candidates_max")
    DEPARTURE_UP_TO_US_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    FIRST_ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_MAX_FIELD_NUMBER: _ClassVar[int]
    departure_up_to_us: int
    zone: str
    first_allocation: int
    candidates_max: int
    def __init__(self, departure_up_to_us: _Optional[int] = ..., zone: _Optional[str] = ..., first_allocation: _Optional[int] = ..., candidates_max: _Optional[int] = ...) -> None: ...

class ListReleasableReply(_message.Message):
    __slots__ = ("sequence", "time_us", "catalogue_epoch", "allocations", "choices", "candidates", "next_allocation")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_EPOCH_FIELD_NUMBER: _ClassVar[int]
    ALLOCATIONS_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    catalogue_epoch: int
    allocations: _containers.RepeatedCompositeFieldContainer[ExportColumn]
    choices: _containers.RepeatedCompositeFieldContainer[ExportColumn]
    candidates: _containers.RepeatedCompositeFieldContainer[ExportColumn]
    next_allocation: int
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., catalogue_epoch: _Optional[int] = ..., allocations: _Optional[_Iterable[_Union[ExportColumn, _Mapping]]] = ..., choices: _Optional[_Iterable[_Union[ExportColumn, _Mapping]]] = ..., candidates: _Optional[_Iterable[_Union[ExportColumn, _Mapping]]] = ..., next_allocation: _Optional[int] = ...) -> None: ...

class WatchTasksRequest(_message.Message):
    __slots__ = ("worker",)
    WORKER_FIELD_NUMBER: _ClassVar[int]
    worker: str
    def __init__(self, worker: _Optional[str] = ...) -> None: ...

class WatchTasksReply(_message.Message):
    __slots__ = ("sequence", "time_us", "batch", "tasks", "totes")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    TOTES_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_us: int
    batch: BatchInfo
    tasks: _containers.RepeatedCompositeFieldContainer[TaskInfo]
    totes: _containers.RepeatedCompositeFieldContainer[ToteInfo]
    def __init__(self, sequence: _Optional[int] = ..., time_us: _Optional[int] = ..., batch: _Optional[_Union[BatchInfo, _Mapping]] = ..., tasks: _Optional[_Iterable[_Union[TaskInfo, _Mapping]]] = ..., totes: _Optional[_Iterable[_Union[ToteInfo, _Mapping]]] = ...) -> None: ...
