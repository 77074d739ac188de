// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import org.wgj.crypto.PrivateKey;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;

/**
 * Shows the library on a plain class path: the jars of wg-tunnel and of what it depends on, and
 * three options for the JVM. The last one is for speed and may be left out; with it the JVM prints
 * a line about an incubator module.
 *
 * <pre>
 * java --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
 *     --add-modules jdk.incubator.vector \
 *     -cp "examples/target/classes:$(cat examples/target/class-path)" org.wgj.examples.ClassPath
 * </pre>
 *
 * <p>It prints, with another engine if the options or the processor are others:
 *
 * <pre>
 * the library is on the class path
 * the tunnel listens
 * packets are encrypted by vector256
 * </pre>
 */
public final class ClassPath {
    private ClassPath() {}

    public static void main(String[] arguments) throws Exception {
        boolean named = Tunnel.class.getModule().isNamed();
        System.out.println("the library is on the " + (named ? "module path" : "class path"));

        MemoryTun packets = new MemoryTun("wg0", 1420);
        try (Tunnel tunnel = Tunnel.builder(packets).privateKey(PrivateKey.generate()).start()) {
            int port = tunnel.status().join().listenPort();
            System.out.println("the tunnel " + (port > 0 ? "listens" : "has no port"));
            System.out.println("packets are encrypted by " + tunnel.dataPath().join().aead());
        }
    }
}
