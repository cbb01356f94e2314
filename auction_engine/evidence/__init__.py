"""What stands without the platform: canonical text, the hash chain, the transcript, its proof."""
