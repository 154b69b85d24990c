"""Prints the rows of examples/embed_throughput.rs for sentence-transformers.

    python benches/compare_sentence_transformers.py MODEL_DIRECTORY [SECONDS]

Run both in the same session on the same machine, or the figures do not compare. Needs
`pip install sentence-transformers`; says so and ends when it is not there.
"""

import resource
import sys
import time

WORDS = (
    "error failed to connect server on port after five attempts the disk is full and network time "
    "was lost while reading block from memory"
).split()


def text(index: int, tokens: int) -> str:
    """A text of exactly `tokens` tokens, the two that mark its ends included."""
    return " ".join(WORDS[(index * 7 + place * 5) % len(WORDS)] for place in range(tokens - 2))


def resident_mb() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


def main() -> None:
    try:
        start = time.perf_counter()
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        sys.exit(f"skipped: {error}; pip install sentence-transformers")
    model = SentenceTransformer(sys.argv[1], device="cpu")
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 3.0
    elapsed = (time.perf_counter() - start) * 1e3
    print(f"imported and loaded in {elapsed:.0f} ms, {resident_mb()} MB resident")
    for threads in (1, 2):
        torch.set_num_threads(threads)
        print(f"threads {threads}:")
        for tokens in (12, 30, 80):
            for batch in (1, 8, 64):
                measure(model, batch, tokens, seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{resident_mb()} MB resident, {peak} MB at most")


def measure(model, batch: int, tokens: int, seconds: float) -> None:
    texts = [text(index, tokens) for index in range(batch)]
    model.encode(texts, batch_size=batch)
    start, cpu, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - start < seconds:
        model.encode(texts, batch_size=batch)
        count += batch
    wall = time.perf_counter() - start
    per_cpu = count / (time.process_time() - cpu)
    print(f"tokens {tokens:3}  batch {batch:3}  {count / wall:7.0f} texts/s  {per_cpu:7.0f} cpu")


main()
