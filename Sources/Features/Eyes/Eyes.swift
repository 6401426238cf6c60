// Eyes
