return (state())
