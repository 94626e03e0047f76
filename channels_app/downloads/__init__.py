"""What download jobs do: one video, or a listing and a job for each of its videos."""
