// SPDX-License-Identifier: Apache-2.0
/**
 * The primitives WireGuard is made of: byte arrays in, byte arrays out, no I/O.
 *
 * <p>The module jdk.incubator.vector makes it several times faster, and a program adds it by {@code
 * --add-modules jdk.incubator.vector}. It is not required here, not even statically: every module
 * that requires this one would then be compiled with a warning about incubating modules. The build
 * adds it for the compiler, and the code adds it at run time if the JVM has it.
 */
@SuppressWarnings("module") // the modules that a package is exported to are built after this one
module org.wgj.crypto {
    requires org.bouncycastle.provider;

    exports org.wgj.crypto;
    exports org.wgj.crypto.primitive to
            org.wgj.protocol,
            org.wgj.mesh;
}
