package org.wgj.tun;

final class Tun {
    private Tun() {}
}
