"""Records, and what was read of them."""

from collections import defaultdict
from dataclasses import dataclass

from steps import expect


@dataclass(frozen=True)
class Record:
    """A record and where it lies: as the producer was told, or as a consumer found it."""

    key: str
    value: bytes | None
    timestamp: int  # in milliseconds
    partition: int | None = None
    offset: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def of(partition: int, records: list[Record]) -> list[Record]:
    return [record for record in records if record.partition == partition]


def ends(records: list[Record]) -> dict[int, int]:
    """For each partition, the offset after its last record."""
    all = defaultdict(int)
    for record in records:
        all[record.partition] = max(all[record.partition], record.offset + 1)
    return dict(all)


def half_way(start: dict[int, int], end: dict[int, int]) -> dict[int, int]:
    return {partition: (start.get(partition, 0) + offset) // 2 for partition, offset in end.items()}


def expect_all(read: list[Record], sent: list[Record]) -> None:
    """Each record once, as it was sent, where the producer was told that it is, and in the order of its partition."""
    expect("how many records were read", len(read), len(sent))
    by_place = lambda record: (record.partition, record.offset)
    expect("the records", sorted(read, key=by_place), sorted(sent, key=by_place))
    for partition in ends(read):
        offsets = [record.offset for record in of(partition, read)]
        expect(f"the offsets of partition {partition}", offsets, list(range(len(offsets))))


def expect_these(read: list[Record], sent: list[Record]) -> None:
    """Each record once, where the producer was told that it is, and no other: between them lies what cannot be read."""
    places = lambda records: sorted((it.partition, it.offset, it.key, it.value) for it in records)
    expect("what is read", places(read), places(sent))
