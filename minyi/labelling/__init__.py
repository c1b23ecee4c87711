"""The labelling page: people say what comments say, in a browser on this machine or in one offline file."""
