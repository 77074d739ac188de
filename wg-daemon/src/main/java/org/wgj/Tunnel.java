package org.wgj;

final class Tunnel {
    private Tunnel() {}
}
