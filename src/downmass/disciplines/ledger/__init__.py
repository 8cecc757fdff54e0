"""The ledger: sealed entries, the tree over them, checkpoints, bundles, and their verification."""
