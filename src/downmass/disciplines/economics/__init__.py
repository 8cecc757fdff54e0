"""Economics: cash, cost per kilogram, what dominates it, break-even with "never", and routes compared."""
