"""What the methods of the catalogue take. Written by `python -m slotline.service.v1.generate`."""

from __future__ import annotations

from typing import Required

from .client_fields import CallFields


class PutNameFields(CallFields, total=False):
    """Fields of `put_name`."""

    kind: Required[int]
    code: Required[str]


class PutItemFields(CallFields, total=False):
    """Fields of `put_item`."""

    client: Required[str]
    code: Required[str]
    rotation: int
    shelf_life_days: int
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    hazard: int
    temperature: int
    active: bool


class PutPackFields(CallFields, total=False):
    """Fields of `put_pack`."""

    item: Required[str]
    level: int
    units: Required[int]
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    client: Required[str]


class PutAliasFields(CallFields, total=False):
    """Fields of `put_alias`."""

    code: Required[str]
    client: Required[str]
    item: Required[str]
    pack_level: int
    units: Required[int]


class PutLotFields(CallFields, total=False):
    """Fields of `put_lot`."""

    item: Required[str]
    owner: Required[str]
    code: Required[str]
    expiry_day: int
    client: str


class PutLocationFields(CallFields, total=False):
    """Fields of `put_location`."""

    code: Required[str]
    zone: Required[str]
    role: int
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


class PutHandlingUnitFields(CallFields, total=False):
    """Fields of `put_handling_unit`."""

    code: Required[str]
    kind: int
    parent: str
    location: str


class PutPurchaseLineFields(CallFields, total=False):
    """Fields of `put_purchase_line`."""

    code: Required[str]
    line_number: int
    item: Required[str]
    owner: Required[str]
    expected_units: int
    due_us: int
    unit_cost_minor: int
    client: str


class PutWorkerFields(CallFields, total=False):
    """Fields of `put_worker`."""

    code: Required[str]
    kind: int
    zone: str
    active: bool


class PutCartFields(CallFields, total=False):
    """Fields of `put_cart`."""

    code: Required[str]
    slots: Required[int]
    volume_mm3: int
    weight_g: int
    active: bool


class PutWaveFields(CallFields, total=False):
    """Fields of `put_wave`."""

    code: Required[str]
    cutoff_us: int


class PutLoadFields(CallFields, total=False):
    """Fields of `put_load`."""

    code: Required[str]
    appointment_us: int
    departure_us: int
