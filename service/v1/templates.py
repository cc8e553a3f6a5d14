"""What does not follow from the schema: queries, bulk forms and the heads of generated files."""

from __future__ import annotations

from typing import Final

HEAD: Final = """\
// Written by `python -m slotline.service.v1.generate` from the engine's schema. Do not edit.
//
// A key has 16 bytes: a UUIDv7, whose first 48 bits are its creation time in milliseconds. A call
// repeated with the same key is answered from the first one's outcome and never executed again.
// Times are microseconds UTC; units are the item's base units. Text is a code of at most 48 bytes.
// In a request, empty text and an absent optional field mean "none"; an absent `active` means true,
// an absent `expiry_day` that the goods do not expire. Numbers of orders, batches and the like
// start at 0, so an absent one is refused. `client` is the scope of item codes; where a request
// also has an `owner`, an empty `client` stands for the owner.
// Every reply tells the sequence that it reflects, and that sequence is durable.

syntax = "proto3";

package slotline.v1;
"""

QUERIES: Final = {
    "Atp": "What can be promised, per item and time.",
    "GetStock": "Stock rows of an item, a place or a handling unit.",
    "GetOrder": "An order with its lines and allocations: the pick list.",
    "GetPromise": "A promise by its number.",
    "Resolve": "Refs of codes, in bulk.",
    "Export": "A table, column by column, a page at a time.",
    "Status": "What the store holds and how far it is.",
    "AckEffects": "An endpoint has taken, or parked, every effect up to a sequence.",
    "ParkEffect": "An endpoint cannot take an effect: make it a dead letter.",
    "ListEndpoints": "How far each endpoint is.",
    "ListDeadLetters": "Dead letters, a page at a time.",
    "EditDeadLetter": "Change values of a parked letter.",
    "ReplayDeadLetter": "Deliver a letter and those behind it of its entity once more.",
    "ResolveDeadLetter": "End a letter: it was taken, or nobody wants it.",
}

STREAMS: Final = """\
  // Commands of one kind as columns of refs.
  rpc Bulk(Columns) returns (BulkReply);
  // The same, many in flight; replies come in the order of the messages. A message may carry others
  // (`joined`); a caller whose metadata says `slotline-answers: joined` gets answers likewise.
  rpc BulkStream(stream Columns) returns (stream BulkReply);
  // ATP of many items as columns of refs.
  rpc BulkAtp(AtpColumns) returns (AtpColumnsReply);
  // The same, many in flight.
  rpc BulkAtpStream(stream AtpColumns) returns (stream AtpColumnsReply);
  // What has happened, for one endpoint: durable effects in the order of their sequences.
  rpc Effects(EffectsRequest) returns (stream EffectsReply);
"""

MESSAGES: Final = """\
// Why one message of a stream was refused; nothing of it was executed.
message Failure {
  // Number of the gRPC status.
  int32 code = 1;
  // Name of the error.
  string name = 2;
  string message = 3;
  // Advised pause before the same message again; 0 when a retry cannot help.
  int64 retry_after_us = 4;
}

// Columns are raw little-endian values of the schema's types in the schema's order. A column holds
// one value per command (per line), or a single value that stands for all.
message Columns {
  uint32 kind = 1;
  bytes key = 2;
  int64 catalogue_epoch = 3;
  uint32 count = 4;
  uint32 line_count = 5;
  repeated bytes columns = 6;
  repeated bytes lines = 7;
  // In a stream: up to 32 serialised messages, in one that holds nothing else. Each is answered by
  // itself; what carries more, or cannot be parsed, gets one answer for all.
  repeated bytes joined = 8;
}

message BulkReply {
  int64 sequence = 1;
  int64 time_us = 2;
  repeated bytes outcome = 3;
  repeated bytes line_outcome = 4;
  Failure failure = 5;
  // Serialised answers to several messages in order, in a reply that holds nothing else.
  repeated bytes joined = 6;
}

message AtpColumns {
  int64 catalogue_epoch = 1;
  // int32 refs of items; one or as many int32 refs of owners.
  bytes item = 2;
  bytes owner = 3;
  // int64 times, ascending: units that can be promised for each.
  bytes bounds_us = 4;
}

message AtpColumnsReply {
  int64 sequence = 1;
  int64 time_us = 2;
  // int64, item by item, one value per bound.
  bytes units = 3;
  Failure failure = 4;
}

message AtpRequest {
  string client = 1;
  // Empty stands for the client.
  string owner = 2;
  // None stands for every item of the client.
  repeated string items = 3;
  // Ascending; none stands for now.
  repeated int64 bounds_us = 4;
}

message AtpReply {
  int64 sequence = 1;
  int64 time_us = 2;
  repeated string items = 3;
  repeated int64 bounds_us = 4;
  // Item by item, one value per bound.
  repeated int64 units = 5;
}

// Exactly one of stock, item, location, handling_unit.
message GetStockRequest {
  optional int64 stock = 1;
  string client = 2;
  string item = 3;
  string location = 4;
  string handling_unit = 5;
  // First row to look at, for the next page.
  int64 first_row = 6;
}

message StockRow {
  int64 stock = 1;
  string client = 2;
  string item = 3;
  string owner = 4;
  StockStatus status = 5;
  string lot = 6;
  optional int32 pack_level = 7;
  string location = 8;
  string handling_unit = 9;
  optional int64 receipt = 10;
  int32 on_hand_units = 11;
  int32 allocated_units = 12;
  optional int32 expiry_day = 13;
  int64 received_us = 14;
}

message GetStockReply {
  int64 sequence = 1;
  int64 time_us = 2;
  repeated StockRow rows = 3;
  // First row of the next page; absent on the last one.
  optional int64 next_row = 4;
}

// A number, or a channel and the channel's own code.
message GetOrderRequest {
  optional int64 order = 1;
  string channel = 2;
  string code = 3;
}

message OrderAllocation {
  int64 allocation = 1;
  AllocationState state = 2;
  int32 units = 3;
  // Absent while the units are allocated to a pool only.
  optional int64 stock = 4;
  // Where the units are: the place of the row, or of the outermost handling unit that holds it.
  string location = 5;
  string handling_unit = 6;
  string lot = 7;
  optional int32 wave = 8;
}

message OrderLine {
  string client = 1;
  string item = 2;
  int32 ordered_units = 3;
  int32 allocated_units = 4;
  int32 shipped_units = 5;
  int32 cancelled_units = 6;
  repeated OrderAllocation allocations = 7;
}

message GetOrderReply {
  int64 sequence = 1;
  int64 time_us = 2;
  int64 order = 3;
  int64 reference = 4;
  string channel = 5;
  string owner = 6;
  string code = 7;
  int32 priority = 8;
  Policy policy = 9;
  OrderState state = 10;
  int32 min_life_days = 11;
  int64 departure_us = 12;
  repeated OrderLine lines = 13;
}

message GetPromiseRequest {
  int64 promise = 1;
}

message GetPromiseReply {
  int64 sequence = 1;
  int64 time_us = 2;
  int64 promise = 3;
  string client = 4;
  string item = 5;
  string owner = 6;
  string channel = 7;
  int32 units = 8;
  PromiseState state = 9;
  int64 expires_us = 10;
  int64 due_us = 11;
}

message ResolveRequest {
  // name, item, pack, alias, lot, purchase_line, location, handling_unit, worker, cart, wave or
  // load.
  string table = 1;
  // None for packs.
  repeated string codes = 2;
  // Of table name.
  NameKind kind = 3;
  // Scope of items, packs, aliases and lots.
  string client = 4;
  // Scope of lots; empty stands for the client.
  string owner = 5;
  // Scope of packs and lots: one, or one per code.
  repeated string items = 6;
  // Levels of packs, line numbers of purchase lines: one, or one per code.
  repeated int32 numbers = 7;
}

message ResolveReply {
  int64 sequence = 1;
  int64 catalogue_epoch = 2;
  // int32; -1 where the code names nothing.
  bytes refs = 3;
}

message ExportRequest {
  string table = 1;
  int64 first_row = 2;
  // 0 stands for as many as a reply holds.
  int64 row_count_max = 3;
}

message ExportColumn {
  string name = 1;
  // NumPy's name of the type, little-endian.
  string dtype = 2;
  bytes values = 3;
}

message ExportReply {
  int64 sequence = 1;
  int64 time_us = 2;
  int64 first_row = 3;
  int64 row_count = 4;
  // Rows in use at this sequence; ask again from first_row + row_count while there are more.
  int64 rows_used = 5;
  repeated ExportColumn columns = 6;
}

message StatusRequest {}

message TableStatus {
  string table = 1;
  int64 rows_used = 2;
  int64 capacity = 3;
}

message StatusReply {
  int64 sequence = 1;
  int64 time_us = 2;
  int64 catalogue_epoch = 3;
  string version = 4;
  bool low_disk = 5;
  repeated TableStatus tables = 6;
}

message EffectsRequest {
  // Whose cursor counts. Empty: nobody's, then `after_sequence` must be given.
  string endpoint = 1;
  // None stands for all.
  repeated EffectKind kinds = 2;
  // Absent: behind the endpoint's cursor.
  optional int64 after_sequence = 3;
  // Go on with what happens from now on; else the stream ends where the journal ended.
  bool follow = 4;
}

// A column of the command or of its outcome, by the name that it has there. Refs are told as codes,
// those of items and lots without their scope; absent refs are empty text.
message EffectValue {
  string name = 1;
  oneof value {
    int64 number = 2;
    string text = 3;
  }
}

message EffectLine {
  string client = 1;
  string item = 2;
  int32 units = 3;
  int32 allocated_units = 4;
  optional int64 promise = 5;
}

// Sequence, kind and entity together name an effect for good.
message Effect {
  int64 sequence = 1;
  int64 time_us = 2;
  EffectKind kind = 3;
  EntityKind entity_kind = 4;
  // Number of an order, a promise or a batch, row of anything else.
  int64 entity = 5;
  // Client and code of an item; channel and code of an order while its row is its own; the code
  // alone of a handling unit or a load.
  string scope = 6;
  string code = 7;
  Outcome outcome = 8;
  string tenant = 9;
  string actor = 10;
  repeated EffectValue values = 11;
  repeated EffectValue results = 12;
  repeated EffectLine lines = 13;
}

message EffectsReply {
  // Every effect up to this sequence has been given.
  int64 sequence = 1;
  repeated Effect effects = 2;
  // Dead letters that are replayed; of one entity in order.
  repeated DeadLetter replays = 3;
}

message AckEffectsRequest {
  string endpoint = 1;
  int64 sequence = 2;
}

message AckEffectsReply {
  // Where the cursor is; it never goes back.
  int64 sequence = 1;
}

message ParkEffectRequest {
  string endpoint = 1;
  Effect effect = 2;
  string error = 3;
  int32 attempts = 4;
  // It only waits behind a letter of the same entity; when there is none any more, nothing is done.
  bool held = 5;
}

message ParkEffectReply {
  // 0 when nothing was done.
  int64 letter = 1;
}

message ListEndpointsRequest {}

message EndpointStatus {
  string endpoint = 1;
  int64 sequence = 2;
  // When it last came further, 0 for never.
  int64 acknowledged_us = 3;
  int64 dead_letters = 4;
}

message ListEndpointsReply {
  int64 sequence = 1;
  repeated EndpointStatus endpoints = 2;
}

message DeadLetter {
  int64 letter = 1;
  string endpoint = 2;
  LetterState state = 3;
  string error = 4;
  int32 attempts = 5;
  int32 replays = 6;
  int64 parked_us = 7;
  Effect effect = 8;
}

message ListDeadLettersRequest {
  // Empty stands for all.
  string endpoint = 1;
  // Only letters behind this one.
  int64 after_letter = 2;
}

message ListDeadLettersReply {
  repeated DeadLetter letters = 1;
  bool more = 2;
}

message EditDeadLetterRequest {
  int64 letter = 1;
  // Take the place of the values or results of the same names.
  repeated EffectValue values = 2;
}

message EditDeadLetterReply {
  DeadLetter letter = 1;
}

message ReplayDeadLetterRequest {
  int64 letter = 1;
}

message ReplayDeadLetterReply {
  int64 letters = 1;
}

message ResolveDeadLetterRequest {
  int64 letter = 1;
}

message ResolveDeadLetterReply {}
"""

FIELDS_HEAD: Final = '''\
"""What the methods of commands take. Written by `python -m slotline.service.v1.generate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Required, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable

Line = tuple[str, int] | tuple[str, int, int | None]
"""A line of an order: item, units and, optionally, the number of a promise."""


class CallFields(TypedDict, total=False):
    """What every call takes beside its own fields.

    Parameters
    ----------
    key : bytes
        Of an earlier call, to send that one again; made by the client when absent.
    timeout_s : float
        Time for all attempts together.
    """

    key: bytes
    timeout_s: float'''

PUT_FIELDS_HEAD: Final = '''\
"""What the methods of the catalogue take. Written by `python -m slotline.service.v1.generate`."""

from __future__ import annotations

from typing import Required

from .client_fields import CallFields'''

CALLS_HEAD: Final = '''\
"""Typed methods of every command. Written by `python -m slotline.service.v1.generate`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Unpack, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from . import client_fields as take
    from . import client_put_fields as put
    from .v1 import slotline_pb2 as pb


class CommandCalls(ABC):
    """One method per command; `docs/commands.md` tells what each does."""

    @abstractmethod
    def send(self, command: str, fields: Mapping[str, object]) -> object:
        """Send a command by its name; give its reply."""'''
