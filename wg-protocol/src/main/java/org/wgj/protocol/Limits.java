package org.wgj.protocol;

final class Limits {
    private Limits() {}
}
