"""What it costs to tell every watcher of a sale, beside the barest way to do it."""
