// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import org.wgj.doctor.observation.Observation.Subject;

/** The MTU of a tunnel that runs inside a process, without an interface, and the least of any. */
public final class StackMtu {
    /** IPv6 needs so much (RFC 8200, section 5). */
    public static final int LEAST_OF_IPV6 = 1280;

    /** What a tunnel without an MTU in its file has. */
    private static final int DEFAULT = 1420;

    private StackMtu() {}

    public static int of(Subject subject) {
        return subject.config().map(file -> file.quick().mtu().orElse(DEFAULT)).orElse(DEFAULT);
    }
}
