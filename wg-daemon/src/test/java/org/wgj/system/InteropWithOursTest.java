package org.wgj.system;

/** Both ends are the implementation under test. */
class InteropWithOursTest extends Interoperability {
    @Override
    Tunnel tunnel(Lab lab) {
        return Tunnel.between(lab, Implementation.UNDER_TEST, Implementation.UNDER_TEST);
    }
}
