// SPDX-License-Identifier: Apache-2.0
package com.example;

import org.wgj.crypto.PrivateKey;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;

/**
 * Shows the library on the module path, in a program that is a module itself. {@code
 * module-info.java} beside it is the whole declaration.
 *
 * <p>JNA and Netty's epoll transport are optional, so the command line brings them in. Without them
 * the tunnel works with less. To compile and run it, after {@code mvn -DskipTests package}:
 *
 * <pre>
 * path=$(cat examples/target/class-path)
 * javac --module-path "$path" -d examples/target/module $(find examples/src/module -name '*.java')
 * java --enable-native-access=com.sun.jna,io.netty.common --sun-misc-unsafe-memory-access=allow \
 *     --add-modules com.sun.jna,io.netty.transport.classes.epoll,io.netty.transport.epoll.linux.x86_64 \
 *     --module-path "examples/target/module:$path" --module com.example/com.example.ModulePath
 * </pre>
 *
 * <p>It prints:
 *
 * <pre>
 * module com.example uses module org.wgj.tunnel
 * the tunnel listens
 * UDP through epoll: true
 * </pre>
 */
public final class ModulePath {
    private ModulePath() {}

    public static void main(String[] arguments) throws Exception {
        System.out.println(ModulePath.class.getModule() + " uses " + Tunnel.class.getModule());
        MemoryTun packets = new MemoryTun("wg0", 1420);
        try (Tunnel tunnel = Tunnel.builder(packets).privateKey(PrivateKey.generate()).start()) {
            int port = tunnel.status().join().listenPort();
            System.out.println("the tunnel " + (port > 0 ? "listens" : "has no port"));
            System.out.println("UDP through epoll: " + tunnel.dataPath().join().udpCoalescing());
        }
    }
}
