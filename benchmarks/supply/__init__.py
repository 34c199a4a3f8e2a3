"""What bridle is made of and installed from: the lock, the wheel, the bill of materials, the offline installer."""
