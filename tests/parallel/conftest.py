"""One Ray cluster for all tests of this folder: starting one takes longer than most of them."""

import os
import secrets

import pytest

from musicrnn.parallel import ray as cluster


class Nodes:
    """A head that does no work and two nodes with one processor each."""

    def __init__(self):
        from ray.cluster_utils import Cluster

        self.cluster = Cluster(
            initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
        )
        self.workers = [self.cluster.add_node(num_cpus=1, wait=False) for _ in range(2)]
        self.cluster.wait_for_nodes()

    @property
    def address(self):
        return self.cluster.address

    def kill_one(self):
        """SIGKILL for one node and all its workers; another takes its place."""
        self.cluster.remove_node(self.workers.pop(0), allow_graceful=False)
        self.workers.append(self.cluster.add_node(num_cpus=1, wait=False))


@pytest.fixture(scope="package")
def nodes():
    # A token of its own, whatever the user has: who starts, joins and works must agree on one.
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (cluster.NODE_SETTINGS | token).items():
            patch.setitem(os.environ, name, value)
        found = Nodes()
        yield found
        found.cluster.shutdown()


@pytest.fixture(scope="package")
def connection(nodes):
    """Workers of the cluster that `nodes` are."""
    with cluster.connected(nodes.address) as workers:
        yield workers
