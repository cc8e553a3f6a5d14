"""Queries and streams of work: batches, tasks, loads, and what can be planned."""

from __future__ import annotations

from typing import Final

WORK_QUERIES: Final = {
    "GetBatch": "A batch with its tasks and totes.",
    "ListBatches": "Batches by state, wave, zone and worker, a page at a time.",
    "GetLoad": "A load with the handling units on it.",
    "ListLoads": "Loads by state and departure, a page at a time.",
    "ListReleasable": "What can be planned, column by column, a page at a time.",
}

WORK_STREAMS: Final = """\
  // What a worker holds: as it is now, then again whenever it has changed.
  rpc WatchTasks(WatchTasksRequest) returns (stream WatchTasksReply);
"""

WORK_MESSAGES: Final = """\
message BatchInfo {
  int64 batch = 1;
  string wave = 2;
  string zone = 3;
  int32 priority = 4;
  // 0 for none.
  int64 due_us = 5;
  BatchState state = 6;
  // Who holds it or has paused it; empty for nobody.
  string worker = 7;
  string cart = 8;
  int64 lease_us = 9;
  // 0 for a lease without end, or none.
  int64 lease_until_us = 10;
  int32 live_tasks = 11;
}

message TaskInfo {
  int64 task = 1;
  TaskKind kind = 2;
  TaskState state = 3;
  int32 tour_position = 4;
  int32 slot = 5;
  // Still to do, and done.
  int32 units = 6;
  int32 done_units = 7;
  // Of a PICK; channel and code while the order's row is its own.
  optional int64 order = 8;
  string channel = 9;
  string order_code = 10;
  // From here on of live tasks only: what it is about may lie elsewhere since another one ended.
  optional int64 allocation = 11;
  optional int64 stock = 12;
  string client = 13;
  string item = 14;
  string lot = 15;
  // Where the goods are: the place of the row, or of the outermost handling unit that holds it.
  string location = 16;
  string handling_unit = 17;
  // Where a PICK goes: the tote of its slot, empty while there is none.
  string tote = 18;
  // Where a MOVE goes.
  string to_location = 19;
}

message ToteInfo {
  string handling_unit = 1;
  int32 slot = 2;
  // Whether the slot is filled into it; a former one stays with the batch.
  bool current = 3;
  HandlingUnitState state = 4;
}

message GetBatchRequest {
  int64 batch = 1;
  // Tasks that are done with, too, while their rows are their own.
  bool with_ended = 2;
}

message GetBatchReply {
  int64 sequence = 1;
  int64 time_us = 2;
  BatchInfo batch = 3;
  // By tour position, then number.
  repeated TaskInfo tasks = 4;
  // By slot, then code.
  repeated ToteInfo totes = 5;
}

message ListBatchesRequest {
  // None stands for those that have not ended.
  repeated BatchState states = 1;
  // Empty stands for any.
  string wave = 2;
  string zone = 3;
  string worker = 4;
  // First number to look at, for the next page.
  int64 first_batch = 5;
}

message ListBatchesReply {
  int64 sequence = 1;
  int64 time_us = 2;
  // By number.
  repeated BatchInfo batches = 3;
  // First number of the next page; absent on the last one.
  optional int64 next_batch = 4;
}

message LoadInfo {
  string code = 1;
  int64 appointment_us = 2;
  int64 departure_us = 3;
  string door = 4;
  string seal = 5;
  LoadState state = 6;
  // Units on it, those inside others too; 0 once it has departed.
  int32 loaded_units = 7;
}

message UnitOnLoad {
  string handling_unit = 1;
  HandlingUnitKind kind = 2;
  HandlingUnitState state = 3;
  // Empty for one that was loaded itself.
  string parent = 4;
  // Orders whose goods it carries; none once these have left.
  repeated int64 orders = 5;
}

message GetLoadRequest {
  string load = 1;
}

message GetLoadReply {
  int64 sequence = 1;
  int64 time_us = 2;
  LoadInfo load = 3;
  // What is on it, or left with it; units inside others too.
  repeated UnitOnLoad units = 4;
}

message ListLoadsRequest {
  // None stands for those that have not departed.
  repeated LoadState states = 1;
  // 0 stands for any time.
  int64 departure_up_to_us = 2;
  // First row to look at, for the next page.
  int64 first_row = 3;
}

message ListLoadsReply {
  int64 sequence = 1;
  int64 time_us = 2;
  repeated LoadInfo loads = 3;
  // First row of the next page; absent on the last one.
  optional int64 next_row = 4;
}

message ListReleasableRequest {
  // Of orders that leave until then; 0 stands for any. Orders without a departure always count.
  int64 departure_up_to_us = 1;
  // Only what can be picked in this zone.
  string zone = 2;
  // First allocation row to look at, for the next page.
  int64 first_allocation = 3;
  // Stock rows for one choice, the first by rotation; 0 stands for 64.
  int32 candidates_max = 4;
}

// Columns of refs and numbers. What they say holds at the sequence of the reply; `add_pick` checks
// every row of the plan again.
message ListReleasableReply {
  int64 sequence = 1;
  int64 time_us = 2;
  int64 catalogue_epoch = 3;
  // order, allocation, line, item, owner, pool, units, departure_us, priority, required_day; stock
  // and location of a BOUND one, else -1; choice of a POOLED one, else -1. Orders that are not
  // PARTIAL are left out while they have open units.
  repeated ExportColumn allocations = 4;
  // pool, required_day, and the choice's first row among the candidates. The last one ends where
  // they end.
  repeated ExportColumn choices = 5;
  // stock, location, free_units of the rows that rotation allows, in its order.
  repeated ExportColumn candidates = 6;
  // First row of the next page; absent on the last one.
  optional int64 next_allocation = 7;
}

message WatchTasksRequest {
  string worker = 1;
}

message WatchTasksReply {
  int64 sequence = 1;
  int64 time_us = 2;
  // The batch that the worker holds CLAIMED; absent while it holds none.
  BatchInfo batch = 3;
  // Its live tasks by tour position, then number; of very many the first.
  repeated TaskInfo tasks = 4;
  repeated ToteInfo totes = 5;
}
"""
