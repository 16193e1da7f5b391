"""What goes over the wire, by subject: requests, answers, errors. These words are the OpenAPI description."""
