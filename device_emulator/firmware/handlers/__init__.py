"""What RN-1 does when it is asked, one function for each request. Each either answers or raises Refusal before anything was changed."""
