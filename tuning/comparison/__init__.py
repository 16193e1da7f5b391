"""Methods of answering side by side: asked, judged, and one recommended."""
