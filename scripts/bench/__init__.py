"""Speed, memory, disk and quality, here and beside other libraries."""
