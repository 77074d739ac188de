// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

/** The rules for the congestion window that a program can choose. */
public enum CongestionRule {
    /** {@link CongestionControl#cubic}. */
    CUBIC("cubic"),

    /** {@link CongestionControl#newReno}. */
    NEW_RENO("newreno"),

    /** {@link CongestionControl#tolerantCubic}. */
    TOLERANT_CUBIC("cubic-tolerant");

    private final String name;

    CongestionRule(String name) {
        this.name = name;
    }

    /**
     * Finds a rule by its usual name.
     *
     * @param name as {@link CongestionControl#name}
     * @return the rule
     * @throws IllegalArgumentException if there is none
     */
    public static CongestionRule of(String name) {
        for (CongestionRule rule : values()) {
            if (rule.name.equals(name)) {
                return rule;
            }
        }
        throw new IllegalArgumentException(
                "congestion control '"
                        + name
                        + "' is unknown: it must be cubic, newreno or cubic-tolerant");
    }

    /**
     * Makes the rule of one connection.
     *
     * @return a new object
     */
    public CongestionControl make() {
        return switch (this) {
            case CUBIC -> CongestionControl.cubic();
            case NEW_RENO -> CongestionControl.newReno();
            case TOLERANT_CUBIC -> CongestionControl.tolerantCubic();
        };
    }
}
