"""Power cuts: a real worker's writes are recorded, and the disk is rebuilt as it may be after each of them.

A small library (record.c, preloaded) writes down in order what delivery's processes do to the database file, its -wal
and -journal and to the names in their folder: creations, writes with their bytes, truncations, syncs, removals. At
every checkpoint of delivery a mark joins them: what the database had acknowledged by then, read through a second,
read-only connection. For a cut after any call the disk is then rebuilt. What stood before the last fsync or fdatasync
of a file is there; of what came after, a model says what survives:

    lost      nothing, and no name that was made or removed since the folder was synced
    kept      everything, as after the death of the process alone
    torn      each call by chance: whole, by sectors of 512 or pages of 4,096 bytes, cut at any byte, or not at all;
              where a file grew, zeros or any old bytes
    last      only the last calls: the disk wrote in another order
    length    a file's length and its data part ways: the one grew without the other, or neither
    names     all data, but of the files made or removed since the folder was synced only the first few

Beside the image a -shm file with anything in it may lie. SQLite opens it all, its integrity and foreign keys are
checked, no transaction may be there by half, and every row must be at least as far as the last mark before the cut
said: state, fence, what the adapter saved, tries, receipts, the end of the audit log.

That the log is whole is shown byte for byte: it rebuilds the very files that the worker left. That the judgement is
sharp is shown by variants that must fail: `synchronous=NORMAL` and OFF lose acknowledged commits, NORMAL sends posts
twice when power returns, and without the sync of its folder a new WAL is lost whole.

The -shm file is not recorded: SQLite maps it, never syncs it, and makes it anew from the WAL when the first connection
opens. A shared writable mapping of another file, a vectored write, fallocate or a rename stop the suite.

Not covered: a disk or controller that says "synced" and lies, its firmware, faults of the kernel or the file system, a
bit that rots; writes that damage bytes beside them (SQLite's own assumption of "powersafe overwrite"); other files of
the home (pictures, keys, the outbox); PostgreSQL, whose own tests are trusted.

An image that fails names the command that builds it again: python -m tests.faults.powercut FOLDER MODEL CUT SEED.
PORTEVOIX_FAULTS_SEED sets the seed of a run. The recording of a run that fails is kept in the system's folder for
temporary files: the worker's own calls differ from run to run, so seed and cut mean something with that recording only.
"""
