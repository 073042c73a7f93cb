"""Who is heard without being asked: DHCP, ARP, mDNS and SSDP as devices send them to everybody. Sends nothing to anybody."""
