"""Open licences of patents: the owner's statement, its publication, licensees, withdrawal (专利法 arts. 50-52)."""
