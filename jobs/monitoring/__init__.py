"""What is to be seen of jobs: why one waits, what runs, what failed, and finding one."""
