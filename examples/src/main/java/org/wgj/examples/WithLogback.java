// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import org.slf4j.LoggerFactory;
import org.wgj.crypto.PrivateKey;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;

/**
 * Shows the library in a program that logs with Logback. The library logs through SLF4J and brings
 * no back end, so the program's own is the only one.
 *
 * <p>The program's POM has {@code ch.qos.logback:logback-classic} as a dependency, and its
 * resources have a {@code logback.xml}. To run it, put the jars of logback-classic and logback-core
 * on the class path too. It prints:
 *
 * <pre>
 * back end: ch.qos.logback.classic.LoggerContext
 * DEBUG Tunnel: app: closing
 * </pre>
 *
 * and more lines of the same kind.
 */
public final class WithLogback {
    private WithLogback() {}

    public static void main(String[] arguments) throws Exception {
        String backEnd = LoggerFactory.getILoggerFactory().getClass().getName();
        System.out.println("back end: " + backEnd);
        MemoryTun packets = new MemoryTun("app", 1420);
        Tunnel.builder(packets).privateKey(PrivateKey.generate()).start().close();
    }
}
