"""Quality: specification, results, excursions, storage, custody, review by exception, validation stage."""
