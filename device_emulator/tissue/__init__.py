"""The body the device is in: electrodes, nerve, muscle, and a person who feels. Knows no device, no message and no clock."""
