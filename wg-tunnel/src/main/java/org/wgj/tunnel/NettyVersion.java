// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.EventLoop;
import io.netty.util.Version;

import java.security.CodeSource;

/**
 * Checks once that Netty is new enough. Frameworks such as Spring Boot 3 replace the version that
 * the library asks for, and Netty 4.1 lacks classes that every tunnel needs. Tunnels and loops ask
 * here before the JVM looks for those classes.
 */
final class NettyVersion {
    /** The version that the library is built and tested with. */
    static final String TESTED = "4.2.18.Final";

    private static final String FAULT = fault(); // null if there is none

    private NettyVersion() {}

    /**
     * Refuses Netty 4.1.
     *
     * @throws IllegalStateException with the version, its jar and what to do
     */
    static void check() {
        if (FAULT != null) {
            throw new IllegalStateException(FAULT);
        }
    }

    private static String fault() {
        ClassLoader loader = NettyVersion.class.getClassLoader();
        try {
            Class.forName("io.netty.channel.IoEventLoop", false, loader);
            return null;
        } catch (ClassNotFoundException e) {
            Version version = Version.identify(loader).get("netty-transport");
            CodeSource source = EventLoop.class.getProtectionDomain().getCodeSource();
            return "wgj needs Netty 4.2, found "
                    + (version == null ? "an older one" : version.artifactVersion())
                    + (source == null ? "" : " at " + source.getLocation())
                    + ": import io.netty:netty-bom:"
                    + TESTED
                    + " in dependencyManagement";
        }
    }
}
