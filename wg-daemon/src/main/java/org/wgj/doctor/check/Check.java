// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;

/**
 * Judges an observation. Pure: it uses nothing but the observation, so that a test needs neither
 * root nor an interface.
 */
interface Check {
    void judge(Observation seen, Findings findings);
}
