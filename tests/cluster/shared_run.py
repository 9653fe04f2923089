"""One worker of a shared run, without Ray: ``shared_run RANK COUNT RUN PORT``."""

import json
import os
import sys
from pathlib import Path


def main(rank: int, count: int, folder: Path, port: int) -> None:
    workers = [f"127.0.0.1:{port + i}" for i in range(count)]
    os.environ["TF_CONFIG"] = json.dumps(
        {"cluster": {"worker": workers}, "task": {"type": "worker", "index": rank}}
    )
    from musicrnn.cluster.training import _worker

    _worker({"folder": str(folder)})


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
