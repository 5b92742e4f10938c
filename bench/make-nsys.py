"""Writes an nsys-like SQLite export with Python's own sqlite3, so that a bench does not read what we wrote ourselves.

Tables and columns are those of schema 3.16 (28 kernel columns); times are int64 nanoseconds since session start.
Rows are made as they are written: memory stays flat at any size. The same arguments give the same bytes.
"""
import argparse
import os
import random
import sqlite3

KERNEL = (
    "start end deviceId contextId greenContextId streamId correlationId globalPid demangledName shortName mangledName launchType "
    "cacheConfig registersPerThread gridX gridY gridZ blockX blockY blockZ staticSharedMemory dynamicSharedMemory "
    "localMemoryPerThread localMemoryTotal gridId sharedMemoryExecuted graphNodeId sharedMemoryLimitConfig"
).split()
RUNTIME = "start end eventClass globalTid correlationId nameId returnValue callchainId".split()
MEMCPY = (
    "start end deviceId contextId greenContextId streamId correlationId globalPid bytes copyKind deprecatedSrcId srcKind dstKind "
    "srcDeviceId srcContextId dstDeviceId dstContextId migrationCause graphNodeId virtualAddress"
).split()
NAMES = 600
API = ("cudaLaunchKernel_v7000", "cudaMemcpyAsync_v3020", "cudaStreamSynchronize_v3020")
GLOBAL_PID = 0x0001_0000_0A00_0000


def create(connection, table, columns):
    nullable = {"greenContextId", "correlationId", "globalPid", "mangledName", "graphNodeId", "callchainId", "virtualAddress"}
    lines = ",\n".join(f"    {name:<27} INTEGER{'' if name in nullable else '   NOT NULL'}" for name in columns)
    connection.execute(f"CREATE TABLE {table} (\n{lines}\n)")


def kernel_rows(count, streams, devices, rng):
    """Streams take turns; gaps of 0.5 to 20 microseconds, at times 2 milliseconds."""
    clocks = [1_500_000_000] * (streams * devices)
    for i in range(count):
        lane = i % len(clocks)
        start = clocks[lane] + rng.randrange(500, 20_000) + (2_000_000 if rng.random() < 0.001 else 0)
        end = start + rng.randrange(1_000, 60_000)
        clocks[lane] = end
        name = rng.randrange(NAMES) + 1
        yield (
            start, end, lane // streams, 1, 0, 7 + lane % streams, i + 1, GLOBAL_PID, name, name + NAMES, name, 1,
            0, 32 + name % 200, 1 + name, 1, 1, 128, 1, 1, 0, 49152, 0, 91_226_112, i + 1, 102_400, None, 0,
        )  # fmt: skip


def runtime_rows(kernels, count, rng):
    """One launch for each kernel, before it; the rest are synchronisations."""
    tid = GLOBAL_PID + 4321
    at = 1_499_000_000
    for i in range(count):
        at += rng.randrange(2_000, 9_000)
        launch = i < kernels
        yield (at, at + rng.randrange(1_000, 6_000), 0, tid, i + 1, 2 * NAMES + (1 if launch else 3), 0, None)


def memcpy_rows(count, rng):
    at = 1_500_000_000
    for i in range(count):
        at += rng.randrange(1_000, 200_000)
        size = rng.randrange(1, 1 << 22)
        yield (at, at + 500 + size // 20, 0, 1, 0, 99, 1 << 30 | i, GLOBAL_PID, size, 1 + i % 2, 0, 1, 2, 0, 1, 0, 1, 0, None, None)


def insert(connection, table, columns, rows):
    marks = ",".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    connection.commit()


def metadata(connection):
    connection.execute("CREATE TABLE StringIds (id INTEGER NOT NULL PRIMARY KEY, value TEXT NOT NULL)")
    demangled = [f"void cutlass::Kernel<cutlass::gemm::kernel::Gemm<float, {i}, 128, 64>>(T1::Params)" for i in range(NAMES)]
    names = demangled + [f"Kernel_{i}" for i in range(NAMES)] + list(API)
    connection.executemany("INSERT INTO StringIds VALUES (?, ?)", ((i + 1, name) for i, name in enumerate(names)))
    connection.execute("CREATE TABLE META_DATA_EXPORT (name TEXT NOT NULL, value TEXT)")
    connection.execute("INSERT INTO META_DATA_EXPORT VALUES ('EXPORT_SCHEMA_VERSION', '3.16.1')")
    connection.execute("CREATE TABLE TARGET_INFO_SESSION_START_TIME (utcEpochNs INTEGER, utcTime TEXT, localTime TEXT)")
    connection.execute("INSERT INTO TARGET_INFO_SESSION_START_TIME VALUES (1737000000000000000, '2025-01-16', '2025-01-16')")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--kernels", type=int, default=5_000_000)
    parser.add_argument("--runtime", type=int, default=0)
    parser.add_argument("--memcpy", type=int, default=0)
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    # Whole or absent: an interrupted run must not leave a file that the next bench reuses.
    partial = f"{arguments.path}.partial"
    if os.path.exists(partial):
        os.remove(partial)
    connection = sqlite3.connect(partial)
    connection.executescript("PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    metadata(connection)
    create(connection, "CUPTI_ACTIVITY_KIND_KERNEL", KERNEL)
    insert(connection, "CUPTI_ACTIVITY_KIND_KERNEL", KERNEL, kernel_rows(arguments.kernels, arguments.streams, arguments.devices, rng))
    if arguments.runtime > 0:
        create(connection, "CUPTI_ACTIVITY_KIND_RUNTIME", RUNTIME)
        insert(connection, "CUPTI_ACTIVITY_KIND_RUNTIME", RUNTIME, runtime_rows(arguments.kernels, arguments.runtime, rng))
    if arguments.memcpy > 0:
        create(connection, "CUPTI_ACTIVITY_KIND_MEMCPY", MEMCPY)
        insert(connection, "CUPTI_ACTIVITY_KIND_MEMCPY", MEMCPY, memcpy_rows(arguments.memcpy, rng))
    connection.close()
    os.replace(partial, arguments.path)


main()
