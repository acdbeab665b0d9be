"""The appointment on one screen. Owns how it looks and which key means what; decides nothing about doses and opens no port by itself."""
