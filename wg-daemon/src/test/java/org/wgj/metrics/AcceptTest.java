// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | TEXT",
                "*/* | TEXT",
                "text/plain | TEXT",
                "text/html,*/*;q=0.8 | TEXT",
                "application/openmetrics-text | OPEN_METRICS",
                "application/openmetrics-text; version=1.0.0; charset=utf-8 | OPEN_METRICS",
                "application/openmetrics-text;version=0.0.1 | TEXT",
                "application/openmetrics-text;q=0 | TEXT",
                "text/plain;version=0.0.4;q=1,application/openmetrics-text;q=0.5 | TEXT",
                // Prometheus 2.42
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
                    + " | OPEN_METRICS",
                // Prometheus 3
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
                    + " | OPEN_METRICS",
                ";;,=,q=,;q=x | TEXT",
            })
    void choosesWhatTheClientLikesBetter(String header, Exposition.Format format) {
        assertEquals(format, Accept.choose(header));
    }
}
