// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;

/**
 * Tells whether {@link Libc} can be used: on 64-bit Linux, with JNA on the class path or among the
 * modules. It needs neither of them itself, so code that must also load elsewhere asks here first.
 *
 * <p>Any thread may call the methods.
 */
public final class LinuxSupport {
    private static final String MISSING = findMissing();

    private LinuxSupport() {}

    /**
     * Returns whether {@link Libc} can be used.
     *
     * @return true on 64-bit Linux with JNA
     */
    public static boolean isAvailable() {
        return MISSING == null;
    }

    /**
     * Refuses to go on if {@link Libc} cannot be used.
     *
     * @param what what the caller is about to do, for the message
     * @throws IOException saying what is missing and how to get it
     */
    public static void require(String what) throws IOException {
        if (MISSING != null) {
            throw new IOException(what + " needs Linux and JNA: " + MISSING);
        }
    }

    private static String findMissing() {
        String system = System.getProperty("os.name");
        if (!system.equals("Linux")) {
            return "this is " + system;
        }
        try {
            Class.forName("com.sun.jna.Native", false, LinuxSupport.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return LinuxSupport.class.getModule().isNamed()
                    ? "the module com.sun.jna is missing; add it to the module path, and require it"
                            + " or run with --add-modules com.sun.jna"
                    : "JNA is missing; add net.java.dev.jna:jna-jpms or net.java.dev.jna:jna to the"
                            + " class path";
        }
        try {
            Libc.errno();
            return null;
        } catch (LinkageError | UnsupportedOperationException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return "the C library cannot be called: " + cause.getMessage();
        }
    }
}
