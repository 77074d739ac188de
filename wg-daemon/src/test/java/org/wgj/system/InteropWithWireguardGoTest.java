package org.wgj.system;

class InteropWithWireguardGoTest extends Interoperability {
    @Override
    Tunnel tunnel(Lab lab) {
        return Tunnel.between(lab, Implementation.UNDER_TEST, Implementation.WIREGUARD_GO);
    }
}
