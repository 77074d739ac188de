// SPDX-License-Identifier: Apache-2.0
/** The primitives WireGuard is made of: byte arrays in, byte arrays out, no I/O. */
module org.wgj.crypto {
    requires static jdk.incubator.vector;
    requires org.bouncycastle.provider;

    exports org.wgj.crypto;
}
