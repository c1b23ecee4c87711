"""Language: segment, group, find quotes, say the stance towards the change."""
