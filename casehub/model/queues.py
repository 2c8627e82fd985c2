"""When the queue of an authority's background jobs was last worked off. The jobs themselves are procrastinate's."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casehub.model.base import Base


class QueueRun(Base):
    """Written each minute by every worker for each authority whose queue it works off."""

    __tablename__ = "queue_run"

    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    ran_at: Mapped[datetime]
